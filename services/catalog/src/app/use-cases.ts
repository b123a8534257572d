import type { EventStore } from '@odst/event-store';
import type { Clock } from '@odst/kernel';
import type { Logger } from '@odst/telemetry';
import { type ChangePackageUseCase, createChangePackage } from './change-package.ts';
import { createFindPackages, type FindPackages } from './find-packages.ts';
import { createJudgePlacements } from './judge-placements.ts';
import { createLetGo, type LetGoUseCase } from './let-go.ts';
import { createOfferRecord, type OfferRecordUseCase } from './offer-record.ts';
import type { Blobs, PackageNumbers, PackageRows, Registration, Signatures } from './ports.ts';
import { createReadHistory, type ReadHistory } from './read-history.ts';
import {
  type CheckUploadUseCase,
  createCheckUpload,
  createRegisterUpload,
  type RegisterUploadUseCase,
} from './register-upload.ts';
import { createSealPackages, type SealPackages } from './seal-packages.ts';
import { createStreams } from './streams.ts';
import { createSweep, type Sweep } from './sweep.ts';

/** What catalog's use cases work with. */
export type UseCaseDeps = {
  readonly store: EventStore;
  readonly rows: PackageRows;
  readonly registration: Registration;
  readonly signatures: Signatures;
  readonly blobs: Blobs;
  readonly numbers: PackageNumbers;
  /** The start of this server that runs, 16 hex digits: changes are written in its name. */
  readonly epoch: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Extensions that may be uploaded, lower case, without the dot; `*` allows all. */
  readonly allowedExtensions: readonly string[];
};

/** All that catalog does. */
export type UseCases = {
  readonly registerUpload: RegisterUploadUseCase;
  readonly checkUpload: CheckUploadUseCase;
  readonly offerRecord: OfferRecordUseCase;
  readonly changePackage: ChangePackageUseCase;
  readonly letGo: LetGoUseCase;
  readonly find: FindPackages;
  readonly history: ReadHistory;
  readonly seal: SealPackages;
  readonly sweep: Sweep;
};

/** Builds the use cases; also what a simulation of several servers runs. */
export function createUseCases(deps: UseCaseDeps): UseCases {
  const streams = createStreams(deps.store);
  const judge = createJudgePlacements({ ...deps, streams });
  const seal = createSealPackages({ ...deps, streams });
  return {
    registerUpload: createRegisterUpload({ ...deps, streams }),
    checkUpload: createCheckUpload({ ...deps, streams }),
    offerRecord: createOfferRecord({ ...deps, streams, judge }),
    changePackage: createChangePackage({ ...deps, streams }),
    letGo: createLetGo({ ...deps, streams }),
    find: createFindPackages(deps.rows),
    history: createReadHistory(deps),
    seal,
    sweep: createSweep({ ...deps, streams, judge, seal }),
  };
}
