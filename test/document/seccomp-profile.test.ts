import { expect, test } from 'vitest';
import { checkSeccompProfile } from '../../src/document/seccomp-profile.ts';
import { InvalidFileError } from '../../src/errors/problem.ts';

const known = ['read', 'write', 'mkdir', 'mknod', 'socket'];
const syscalls = { has: (name: string) => known.includes(name), all: () => known };

function said(text: string): string[] {
  try {
    checkSeccompProfile(text, '/srv/profile.json', syscalls);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    expect(error.message).toMatch(/^\/srv\/profile\.json: \d+ problem/);
    return error.problems.map(({ line, column, path, message, expected, suggestion }) =>
      [`${line}:${column}`, path, message, expected, suggestion && `not ${suggestion}`]
        .filter((part) => part)
        .join(' | '),
    );
  }
}

const rule = (text: string) =>
  `{ "defaultAction": "SCMP_ACT_ERRNO",\n"syscalls": [\n{ "names": ["read"], "action": "SCMP_ACT_ALLOW", ${text} }] }`;

test('what docker and podman write is taken', () => {
  const podman =
    '"args": [], "comment": "", "includes": {}, "excludes": { "caps": ["CAP_SYS_ADMIN"], "arches": ["s390x"] }';
  expect(said(rule(podman))).toEqual([]);
  expect(said(rule('"args": null, "includes": { "minKernel": "4.8", "arches": null }'))).toEqual([]);
  expect(
    said(
      '{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS", "archMap": [{ "architecture": "SCMP_ARCH_RISCV64", "subArchitectures": null }], "architectures": [], "syscalls": [{ "name": "read", "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 1 }] }',
    ),
  ).toEqual([]);
  expect(said('{ "defaultAction": "SCMP_ACT_KILL_PROCESS" }')).toEqual([]);
});

test.each([
  ['"args": [{ "index": 6, "op": "SCMP_CMP_EQ" }]', ['syscalls[0].args[0].index', 'found 6']],
  ['"args": [{ "index": 0, "op": "SCMP_CMP_IS" }]', ['syscalls[0].args[0].op', 'found "SCMP_CMP_IS"']],
  ['"args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": -1 }]', ['args[0].value', 'found -1']],
  ['"args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": "1" }]', ['args[0].value', 'found "1"']],
  [
    '"args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 18446744073709551616 }]',
    ['args[0].value', 'found the number 18446744073709551616'],
  ],
  [
    '"args": [{ "index": 0, "op": "SCMP_CMP_EQ", "valueTwo": 1 }]',
    ['args[0]', 'goes only with SCMP_CMP_MASKED_EQ'],
  ],
  ['"args": [{ "index": 0 }]', ['syscalls[0].args[0]', 'missing key "op"']],
  [
    '"includes": { "caps": ["CAP_SYS_ADMN"] }',
    ['includes.caps[0]', 'unknown capability', 'not CAP_SYS_ADMIN'],
  ],
  ['"includes": { "arches": ["amd46"] }', ['includes.arches[0]', 'found "amd46"', 'not amd64']],
  ['"excludes": { "minKernel": "new" }', ['excludes.minKernel', 'found "new"']],
  ['"errnoRet": 1', ['syscalls[0].errnoRet', 'goes only with SCMP_ACT_ERRNO']],
  ['"argz": []', ['syscalls[0].argz', 'unknown key "argz"', 'not args']],
  ['"name": "read"', ['syscalls[0]', 'found names and name together']],
])('a rule with %s is refused at its place', (text, parts) => {
  const problems = said(rule(text));
  expect(problems).toHaveLength(1);
  for (const part of ['3:', ...parts]) expect(problems[0]).toContain(part);
});

test.each([
  ['{}', '1:1 | missing key "defaultAction"'],
  ['[]', '1:1 | found an empty list'],
  ['{ "defaultAction": "SCMP_ACT_ALOW" }', 'not SCMP_ACT_ALLOW'],
  [
    '{ "defaultAction": "SCMP_ACT_TRACE" }',
    '1:20 | defaultAction | "SCMP_ACT_TRACE" cannot be honoured: no container has a tracer',
  ],
  ['{ "defaultAction": "SCMP_ACT_NOTIFY" }', 'no container has a program that answers in its place'],
  ['{ "defaultAction": "SCMP_ACT_ALLOW", "defaultErrnoRet": 1 }', 'goes only with SCMP_ACT_ERRNO'],
  ['{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096 }', 'found 4096'],
  ['{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "EPERN" }', 'unknown error "EPERN" | not EPERM'],
  ['{ "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 2, "defaultErrno": "EPERM" }', '"EPERM" is 1'],
  ['{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_46"] }', 'not SCMP_ARCH_X86_64'],
  ['{ "defaultAction": "SCMP_ACT_ALLOW", "flags": [] }', 'key "flags" cannot be honoured'],
  ['{ "defaultAction": "SCMP_ACT_ALLOW", "listenerPath": "/x" }', 'key "listenerPath" cannot be honoured'],
  [
    '{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_ARM"], "archMap": [{ "architecture": "SCMP_ARCH_ARM" }] }',
    'there is an archMap beside it',
  ],
])('%s is refused', (text, part) => {
  expect(said(text)).toEqual([expect.stringContaining(part)]);
});

test('unknown calls are told with those that may be meant, all problems at once', () => {
  const text =
    '{ "defaultAction": "SCMP_ACT_ALLOW",\n"syscalls": [{ "names": ["mkdri", "read", "frobnicate"], "action": "SCMP_ACT_TRACE" }] }';
  expect(said(text)).toEqual([
    '2:26 | syscalls[0].names[0] | unknown system call "mkdri" | not mkdir',
    '2:43 | syscalls[0].names[2] | unknown system call "frobnicate"',
    expect.stringContaining('2:68 | syscalls[0].action | "SCMP_ACT_TRACE" cannot be honoured'),
  ]);
});
