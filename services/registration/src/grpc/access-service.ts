import { AccessServiceService } from '@odst/contracts/registration';
import { type ServedService, serve } from '@odst/grpc';
import type { UseCases } from '../app/use-cases.ts';

/** Who may do what. */
export function serveAccess({ authorize }: UseCases): ServedService {
  return serve(AccessServiceService, {
    async authorize(request) {
      const { actor, role, stages } = await authorize(request);
      return { actor, role, stages: [...stages] };
    },
  });
}
