import type { MethodDefinition } from '@grpc/grpc-js';

/** A service as ts-proto generates it: method name → definition. */
export type ServiceShape = Readonly<Record<string, MethodShape>>;

/** What is needed of a method's definition. */
// biome-ignore lint/suspicious/noExplicitAny: requests and responses differ by method; RequestOf and ResponseOf get them back
export type MethodShape = Pick<MethodDefinition<any, any>, MethodPart> & {
  readonly requestStream: false;
  readonly responseStream: boolean;
};

type MethodPart = 'path' | 'requestSerialize' | 'requestDeserialize' | 'responseSerialize' | 'responseDeserialize';

/** Request message of a method. */
export type RequestOf<Method extends MethodShape> = ReturnType<Method['requestDeserialize']>;

/** Response message of a method. */
export type ResponseOf<Method extends MethodShape> = ReturnType<Method['responseDeserialize']>;
