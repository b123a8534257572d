import { OdstError } from '@odst/kernel';

/** What this server does with packages by itself. */
export type Policy = {
  /** `follow`: what is deleted everywhere goes here too. `ask`: it stays served until an admin confirms. */
  readonly deletions: 'follow' | 'ask';
  /** Days that contents stay in the trash, 0 to 3,650. */
  readonly trashDays: number;
};

/** What is undefined stays. */
export type NewPolicy = { readonly deletions?: string | undefined; readonly trashDays?: number | undefined };

/** Until an admin says otherwise. */
export const firstPolicy: Policy = { deletions: 'follow', trashDays: 30 };

const mostTrashDays = 3_650;

/** The policy after a change, checked. @throws OdstError REGISTRATION_SETTING_INVALID with a pointer to what is wrong */
export function changedPolicy(
  present: Policy,
  { deletions = present.deletions, trashDays = present.trashDays }: NewPolicy,
): Policy {
  if (deletions !== 'follow' && deletions !== 'ask') throw invalid('deletions', 'neither follow nor ask');
  if (!Number.isInteger(trashDays) || trashDays < 0 || trashDays > mostTrashDays) {
    throw invalid('trashDays', `not a whole number from 0 to ${mostTrashDays}`);
  }
  return { deletions, trashDays };
}

/** Whether two policies say the same. */
export function samePolicy(one: Policy, other: Policy): boolean {
  return one.deletions === other.deletions && one.trashDays === other.trashDays;
}

function invalid(field: string, fault: string): OdstError {
  return new OdstError('REGISTRATION_SETTING_INVALID', `${field} is ${fault}`, { pointer: `/${field}` });
}
