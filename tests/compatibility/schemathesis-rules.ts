/** Something that Schemathesis found. */
export type Finding = {
  /** `POST /api/v1/tokens` */
  readonly operation: string;
  /** Name of the check of Schemathesis that did not hold. */
  readonly check: string;
  readonly status: number;
  /** Code of the problem that was answered; empty for none. */
  readonly code: string;
  readonly detail: string;
  /** What was asked. */
  readonly request: string;
};

/** A finding that is right, because a rule decides it and no schema could. */
type Rule = {
  readonly check: string;
  readonly code: string;
  /** What the detail of the problem says. Default anything */
  readonly detail?: RegExp;
  /** Operations that it may be found at. */
  readonly operations: RegExp;
  readonly reason: string;
  /** Whether only a run at full length comes upon it for sure. Default false */
  readonly rare?: boolean;
};

const refused = 'positive_data_acceptance';

/** All of them; one that nothing comes upon fails. */
export const rules: readonly Rule[] = [
  ...[refused, 'negative_data_rejection'].flatMap((check) =>
    [
      { code: 'STORAGE_UPLOAD_VERSION_UNSUPPORTED', operations: /^(?:POST|PATCH|DELETE) .api.v1.uploads/ },
      // An answer to HEAD has no problem document.
      { code: '', operations: /^HEAD .api.v1.uploads/ },
    ].map((rule) => ({
      ...rule,
      check,
      reason: 'tus looks for Tus-Resumable before all else, and its refusal without it is 412 (tus 1.0.0)',
      rare: true,
    })),
  ),
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /^there is no server/,
    operations: /coverage|upload|POST .api.admin.packages/,
    reason: 'whom to wait for is a server that is known here',
    rare: true,
  },
  {
    check: refused,
    code: 'COMMON_PRECONDITION_FAILED',
    operations: /^(?:POST|PATCH|DELETE) .api.v1./,
    reason: 'If-Match names a version, and things have the one that they have',
  },
  {
    check: refused,
    code: 'STORAGE_PRECONDITION_FAILED',
    operations: /^GET .(?:share|Packages)/,
    reason: 'If-Match and If-Unmodified-Since name a content, and packages have the one that they have',
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /is (?:not a|no) cursor|is the id of a dead letter/,
    operations: /^GET .api.v1./,
    reason: '`after` is what the page before gave out; its form is nobody’s to know',
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /^types/,
    operations: /^GET .api.v1.events$/,
    reason: 'names of events are many, and services that are added bring more',
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /^(?:wait: )?there is no server/,
    operations: /^(?:GET .api.v1.packages.{id}.coverage|POST .api.admin.(?:upload|packages)|(?:POST|PATCH) .api.v1.uploads)/,
    reason: '`wait` names servers, of which there are those that there are',
    rare: true,
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /exclude each other/,
    operations: /^GET .api.v1.packages$/,
    reason: 'two filters that nothing passes are a mistake of the caller',
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_INVALID',
    detail: /^\w+ is (?:not for \w+|missing)$/,
    operations: /^POST .api.v1.packages.bulk$/,
    reason: 'which fields there are depends on the act',
  },
  {
    check: 'unsupported_method',
    code: 'CATALOG_PACKAGE_UNKNOWN',
    operations: /^POST .api.v1.packages.bulk$/,
    reason: '/api/v1/packages/bulk is a path of /api/v1/packages/{id} too, whose methods it has: there is no such package',
  },
  {
    check: 'allow_header_conformance',
    code: '',
    operations: /^POST .api.v1.packages.bulk$/,
    reason: 'likewise',
  },
  {
    check: 'unsupported_method',
    code: 'COMMON_REQUEST_INVALID',
    operations: /^POST .api.v1.packages.bulk$/,
    reason: 'likewise: DELETE of a package takes no body',
  },
  {
    check: refused,
    code: 'REGISTRATION_ACCOUNT_INVALID',
    operations: /^(?:POST|PATCH) .api.v1.(?:accounts|session)/,
    reason: 'registration has the rules of user names and passwords, and says which one does not hold',
  },
  {
    check: refused,
    code: 'REGISTRATION_TOKEN_INVALID',
    operations: /^POST .api.v1.tokens$/,
    reason: 'a token has a name of its own, and does no more than its owner',
  },
  {
    check: refused,
    code: 'REGISTRATION_SETTING_INVALID',
    operations: /^(?:POST .api.admin.about|PATCH .api.v1.settings)/,
    reason: 'URLs and names have rules that the problem explains',
  },
  {
    check: refused,
    code: 'REGISTRATION_PEER_INVALID',
    operations: /^POST .api.(?:admin.register|v1.peers)$/,
    reason: 'what was copied from another server is explained where it is incomplete',
  },
  {
    check: refused,
    code: 'REGISTRATION_PEER_SELF',
    operations: /^POST .api.(?:v1.(?:servers|peers)|admin.register)/,
    reason: 'this server neither blocks nor retires itself, nor registers with itself',
  },
  {
    check: refused,
    code: 'CATALOG_FILENAME_INVALID',
    operations: /^POST .api.admin.(?:upload|packages)$/,
    reason: 'which extensions are allowed is a setting',
  },
  {
    check: refused,
    code: 'COMMON_REQUEST_MALFORMED',
    detail: /^(?:the form cannot be read|Content-Digest|Repr-Digest)/,
    operations: /^POST .api.admin.(?:upload|packages)$/,
    reason:
      'the names of form fields that nobody knows are sent in bytes that no form may have, and digests have a form of their own',
    rare: true,
  },
  {
    check: refused,
    code: 'CATALOG_STAGE_ORDER',
    operations: /^POST .api.v1.packages.{id}.(?:promote|demote)$/,
    reason: 'promotion goes up, demotion down',
    rare: true,
  },
];

/** Operations that are left out, and why. */
export const untested: readonly { readonly id: string; readonly reason: string }[] = [
  { id: 'followChanges', reason: 'it never ends, and is a stream of another form than a document' },
];

/** The rule that a finding follows from; undefined for none, which makes it a defect. */
export function ruleOf({ check, code, detail, operation }: Finding): Rule | undefined {
  return rules.find(
    (rule) =>
      rule.check === check &&
      rule.code === code &&
      rule.operations.test(operation) &&
      (rule.detail === undefined || rule.detail.test(detail)),
  );
}
