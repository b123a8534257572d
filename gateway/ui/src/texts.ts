import { activityTexts } from './texts/activity.ts';
import { actsTexts } from './texts/acts.ts';
import { adminTexts } from './texts/admin.ts';
import { frameTexts } from './texts/frame.ts';
import { networkTexts } from './texts/network.ts';
import { packageTexts } from './texts/package.ts';
import { packagesTexts } from './texts/packages.ts';
import { sessionTexts } from './texts/session.ts';
import { transfersTexts } from './texts/transfers.ts';
import { uploadsTexts } from './texts/uploads.ts';

/** Every sentence that the pages say; those of a screen are in a file of `texts`. */
export const texts = {
  product: 'Open Distribution Server',
  copied: 'Copied',
  copy: (what: string) => `Copy ${what}`,
  copyTrace: 'Copy trace id',
  cancel: 'Cancel',
  change: 'Change',
  remove: 'Remove',
  yes: 'Yes',
  no: 'No',
  close: 'Close',
  retry: 'Try again',
  loading: 'Loading',
  now: 'now',
  inTime: (duration: string) => `in ${duration}`,
  none: '—',
  actsColumn: 'Acts',
  unreachable: 'The server does not answer',
  asItWas: 'What is shown is as it was at',
  askedAgain: 'It is asked for again as soon as the server answers.',
  pageError: 'The page made an error',
  notLoaded: 'This part of the page did not load: the server does not answer, or was updated meanwhile. Nothing was lost.',
  reload: 'Reload the page',
  ...activityTexts,
  ...actsTexts,
  ...adminTexts,
  ...frameTexts,
  ...networkTexts,
  ...packageTexts,
  ...packagesTexts,
  ...sessionTexts,
  ...transfersTexts,
  ...uploadsTexts,
} as const;
