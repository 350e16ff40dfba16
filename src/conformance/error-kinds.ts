import type { AdapterError, Kind } from '../schema/conformance-adapter.ts';

/** The table of specs/conformance.md: which kinds of refusals of other runtimes count as a code of the specification. */
const kinds: { readonly [code: string]: readonly Kind[] } = {
  SC_BAD_FILE: ['invalid'],
  SC_USAGE: ['invalid'],
  SC_AMBIGUOUS: ['invalid'],
  SC_BAD_IMAGE: ['invalid'],
  SC_NOT_FOUND: ['not-found'],
  SC_EXISTS: ['exists'],
  SC_WRONG_STATE: ['wrong-state'],
  SC_UNSUPPORTED: ['unsupported'],
  SC_HOST_UNFIT: ['unsupported'],
  SC_STORAGE_FAILED: ['invalid', 'denied', 'resource', 'not-found', 'exists'],
  SC_TIMEOUT: ['resource'],
};

/** In these profiles a runtime has the codes themselves. */
const exactProfiles: readonly string[] = ['interface', 'cli'];

/** What is wrong with a refusal where one with this code was expected; undefined where it counts as one. */
export function problemWithRefusal(
  error: AdapterError,
  code: string,
  profiles: readonly string[],
): string | undefined {
  if (error.code === code) return undefined;
  const told = `error: found ${error.code ?? error.kind} (${error.message}), expected ${code}`;
  if (error.code !== undefined || profiles.some((profile) => exactProfiles.includes(profile))) return told;
  return kinds[code]?.includes(error.kind) ? undefined : told;
}

/** The kind of what has a code. */
export function kindOf(code: string, errno?: string): Kind {
  switch (code) {
    case 'SC_BAD_FILE':
    case 'SC_USAGE':
    case 'SC_AMBIGUOUS':
    case 'SC_BAD_IMAGE':
      return 'invalid';
    case 'SC_NOT_FOUND':
    case 'SC_PROGRAM_NOT_FOUND':
      return 'not-found';
    case 'SC_EXISTS':
      return 'exists';
    case 'SC_WRONG_STATE':
      return 'wrong-state';
    case 'SC_UNSUPPORTED':
    case 'SC_HOST_UNFIT':
      return 'unsupported';
    case 'SC_NOT_EXECUTABLE':
      return 'denied';
    case 'SC_TIMEOUT':
      return 'resource';
    case 'SC_STORAGE_FAILED':
    case 'SC_START_FAILED':
    case 'SC_SYSTEM_CALL':
      return errno === 'EPERM' || errno === 'EACCES' || errno === 'EROFS' ? 'denied' : 'resource';
    default:
      return 'internal';
  }
}
