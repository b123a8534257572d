import { registrationEventCodec } from '@odst/contracts/registration';
import { execute } from '@odst/postgres';
import type { Projection } from '@odst/projections';

/** The table `accounts`: who may log in, without anything secret. */
export const accountsProjection: Projection = {
  name: 'accounts',
  version: 1,
  tables: ['accounts'],
  async apply(transaction, recorded) {
    if (!registrationEventCodec.reads(recorded)) return;
    const { type, data } = registrationEventCodec.decode(recorded);
    switch (type) {
      case 'AccountCreated':
        await execute(
          transaction,
          `INSERT INTO accounts (username, role, stages, default_password, created_at, password_changed_at, version)
           VALUES ($1, $2, $3, $4, $5, $5, $6)`,
          [data.username, data.role, data.stages, data.defaultPassword, recorded.recordedAt, recorded.version],
        );
        break;
      case 'AccountPasswordChanged':
        await execute(
          transaction,
          'UPDATE accounts SET default_password = $2, password_changed_at = $3, version = $4 WHERE username = $1',
          [data.username, data.defaultPassword, recorded.recordedAt, recorded.version],
        );
        break;
      case 'AccountChanged':
        await execute(transaction, 'UPDATE accounts SET role = $2, stages = $3, version = $4 WHERE username = $1', [
          data.username,
          data.role,
          data.stages,
          recorded.version,
        ]);
        break;
      case 'AccountRemoved':
        await execute(transaction, 'DELETE FROM accounts WHERE username = $1', [data.username]);
        break;
      default:
        break;
    }
  },
};
