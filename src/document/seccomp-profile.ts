import { constants } from 'node:os';
import { nearMisses } from '../errors/near-misses.ts';
import { InvalidFileError } from '../errors/problem.ts';
import { parseCapability } from '../linux/capabilities.ts';
import { validateSeccompProfile } from '../schema/validate-seccomp-profile.ts';
import { complaintOf, type Field, select, valueAt } from './checks/check.ts';
import { type Complaint, either, type Finding, inWords } from './finding.ts';
import { parseJson } from './parse-json.ts';
import { schemaFindings } from './schema-findings.ts';

/** The system calls that there are, on any processor. */
interface SyscallNames {
  has(name: string): boolean;
  /** Those that may have been meant by a name that is not there. */
  all(): Iterable<string>;
}

/**
 * Checks the text of a seccomp profile. Throws InvalidFileError with all that is wrong in it: what is no
 * profile, what cannot be honoured, and what would be something else than it says.
 */
export function checkSeccompProfile(text: string, file: string, syscalls: SyscallNames): void {
  const document = parseJson(text, file);
  if (document.isWhole) {
    const { value } = document;
    document.add(refusals(value));
    const isProfile = validateSeccompProfile(value);
    if (!isProfile) document.add(schemaFindings(validateSeccompProfile.errors ?? [], Object(value)));
    document.add([...meanings(value), ...unknownNames(value, syscalls)]);
  }
  const { problems } = document;
  problems.sort((left, right) => left.line - right.line || left.column - right.column);
  if (problems.length > 0) throw new InvalidFileError(file, problems, text);
}

const actions = { SCMP_ACT_TRACE: 'a tracer', SCMP_ACT_NOTIFY: 'a program that answers in its place' };
const keys = ['flags', 'listenerPath', 'listenerMetadata'];

/** What other runners may do, said with the reason why it is not done here. */
function refusals(profile: unknown): Finding[] {
  const ofActions = [...select(profile, 'defaultAction'), ...select(profile, 'syscalls.*.action')].flatMap(
    ({ path, value }): Finding[] => {
      const needed = Object.entries(actions).find(([action]) => action === value)?.[1];
      if (needed === undefined) return [];
      return [{ path, message: `"${value}" cannot be honoured: no container has ${needed}` }];
    },
  );
  const ofKeys = keys
    .flatMap((key) => select(profile, key))
    .map(({ path }) => ({
      path,
      atKey: true,
      message: `key "${path}" cannot be honoured: the filter is loaded without flags and listeners`,
    }));
  return [...ofActions, ...ofKeys];
}

/** What has the right form and would be ignored, or would mean something else. */
function meanings(profile: unknown): Finding[] {
  const top = { path: '', value: profile };
  return [
    ...twoLists(profile),
    ...errors(top, 'defaultAction', 'defaultErrnoRet', 'defaultErrno'),
    ...select(profile, 'syscalls.*').flatMap((rule) => errors(rule, 'action', 'errnoRet', 'errno')),
    ...complaints(
      [...select(profile, 'syscalls.*.includes.caps.*'), ...select(profile, 'syscalls.*.excludes.caps.*')],
      capabilityComplaint,
    ),
    ...complaints(select(profile, 'syscalls.*.args.*'), secondValueComplaint),
  ];
}

function twoLists(profile: unknown): Finding[] {
  const [first, second] = ['architectures', 'archMap'].map((key) => select(profile, `${key}.*`));
  if (first?.length === 0 || second?.length === 0) return [];
  return [{ path: 'architectures', message: 'there is an archMap beside it', expected: 'one of them' }];
}

/** An error number goes only with the action that answers with one, and means the error of its name. */
function errors(rule: Field, action: string, number: string, name: string): Finding[] {
  const [returned, named] = [valueAt(rule.value, number), valueAt(rule.value, name)];
  const at = (key: string): string => (rule.path === '' ? key : `${rule.path}.${key}`);
  if (returned === undefined && (named === undefined || named === '')) return [];
  if (valueAt(rule.value, action) !== 'SCMP_ACT_ERRNO') {
    const key = returned === undefined ? name : number;
    return [{ path: at(key), atKey: true, message: `key "${key}" goes only with SCMP_ACT_ERRNO` }];
  }
  if (typeof named !== 'string' || named === '') return [];
  const known = Object.entries(constants.errno).find(([errno]) => errno === named)?.[1];
  if (known === undefined)
    return [
      {
        path: at(name),
        message: `unknown error ${inWords(named)}`,
        ...near(named, Object.keys(constants.errno)),
      },
    ];
  if (returned === undefined || returned === known) return [];
  return [{ path: at(name), message: `"${named}" is ${known}, and ${number} beside it ${returned}` }];
}

function capabilityComplaint(name: unknown): Complaint | undefined {
  return typeof name === 'string' ? complaintOf(() => parseCapability(name)) : undefined;
}

function secondValueComplaint(condition: unknown): Complaint | undefined {
  const [op, second] = [valueAt(condition, 'op'), valueAt(condition, 'valueTwo')];
  if (op === 'SCMP_CMP_MASKED_EQ' || second === undefined || second === 0) return undefined;
  return { message: `valueTwo ${second} goes only with SCMP_CMP_MASKED_EQ` };
}

/** A name that no processor has is a rule for nothing; where the rest is allowed, it would be let through. */
function unknownNames(profile: unknown, syscalls: SyscallNames): Finding[] {
  const names = [...select(profile, 'syscalls.*.names.*'), ...select(profile, 'syscalls.*.name')];
  return complaints(names, (name) => {
    if (typeof name !== 'string' || syscalls.has(name)) return undefined;
    return { message: `unknown system call ${inWords(name)}`, ...near(name, syscalls.all()) };
  });
}

function complaints(
  fields: readonly Field[],
  complain: (value: unknown) => Complaint | undefined,
): Finding[] {
  return fields.flatMap(({ path, value }) => {
    const complaint = complain(value);
    return complaint === undefined ? [] : [{ path, ...complaint }];
  });
}

function near(name: string, known: Iterable<string>): Pick<Complaint, 'suggestion'> {
  const names = nearMisses(name, known);
  return names.length === 0 ? {} : { suggestion: either(names) };
}
