import { describe, expect, it } from 'vitest';
import { catalogErrors } from '../../src/errors/catalog.ts';
import { commonErrors } from '../../src/errors/common.ts';
import type { GrpcStatus } from '../../src/errors/error-row.ts';
import { type ErrorCode, errorRegister, errorRow, isErrorCode } from '../../src/errors/register.ts';
import { registrationErrors } from '../../src/errors/registration.ts';
import { storageErrors } from '../../src/errors/storage.ts';
import { syncErrors } from '../../src/errors/sync.ts';

const codes = Object.keys(errorRegister).filter(isErrorCode);

/** HTTP statuses that agree with each gRPC status: caller's fault beside caller's fault, ours beside ours. */
const httpOf: Readonly<Record<GrpcStatus, readonly number[]>> = {
  INVALID_ARGUMENT: [400, 415, 422],
  DEADLINE_EXCEEDED: [504],
  NOT_FOUND: [404, 410],
  ALREADY_EXISTS: [409],
  PERMISSION_DENIED: [403],
  RESOURCE_EXHAUSTED: [413, 429, 431, 507],
  FAILED_PRECONDITION: [409, 412, 422, 500],
  ABORTED: [409],
  OUT_OF_RANGE: [410, 416],
  UNIMPLEMENTED: [405, 501],
  INTERNAL: [500],
  UNAVAILABLE: [502, 503],
  DATA_LOSS: [460, 502, 503],
  UNAUTHENTICATED: [401],
};

describe('the register of errors', () => {
  it('holds every error of every part once', () => {
    const parts = [commonErrors, registrationErrors, catalogErrors, storageErrors, syncErrors];
    expect(codes.length).toBe(parts.reduce((sum, part) => sum + Object.keys(part).length, 0));
  });

  it.each([
    [/^(COMMON|EVENTS)_/, commonErrors],
    [/^REGISTRATION_/, registrationErrors],
    [/^CATALOG_/, catalogErrors],
    [/^STORAGE_/, storageErrors],
    [/^SYNC_/, syncErrors],
  ])('names the errors of a part by %s', (prefix, part) => {
    expect(Object.keys(part).filter((code) => !prefix.test(code))).toEqual([]);
  });

  it.each(codes)('has a sound row for %s', (code: ErrorCode) => {
    const { http, grpc, title, description } = errorRow(code);
    expect(code).toMatch(/^[A-Z]+(_[A-Z]+)+$/);
    expect(httpOf[grpc]).toContain(http);
    expect(title).toMatch(/^[A-Z].{2,60}[^.]$/);
    expect(description).toMatch(/^[`A-Z].*[.]$/);
  });

  it('has titles that tell errors of one HTTP status apart', () => {
    const seen = codes.map((code) => `${errorRow(code).http} ${errorRow(code).title}`);
    expect(seen.filter((title, index) => seen.indexOf(title) !== index)).toEqual([]);
  });

  it('calls an error retryable where the fault is outside of the request', () => {
    const outside = codes.filter((code) => [429, 503, 504, 507].includes(errorRow(code).http));
    expect(outside.filter((code) => !errorRow(code).retryable)).toEqual([]);
  });

  it('knows its codes from other strings, names of Object.prototype included', () => {
    expect(isErrorCode('COMMON_INTERNAL')).toBe(true);
    expect(['', 'common_internal', 'toString', '__proto__', 'COMMON_INTERNAL '].some(isErrorCode)).toBe(false);
  });
});
