import { AccessServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** Who may do what. */
export function serveAccess({ authorize }: UseCases): ServedService {
  return serve(AccessServiceService, { authorize: (request) => authorize(request) });
}
