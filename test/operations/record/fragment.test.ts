// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a container file look like this.
import { expect, test } from 'vitest';
import { parseDocuments } from '../../../src/document/load.ts';
import { composeFragment, type RecordedRun } from '../../../src/operations/record/fragment.ts';
import { spec } from '../../support/containers.ts';
import { observations } from './observations.ts';

function compose(changes: Partial<RecordedRun> = {}): string {
  return composeFragment({
    container: spec(['web', '--serve']),
    exit: { code: 0, cause: 'exit' },
    seen: observations(),
    writable: { paths: [], obstacles: [] },
    profile: './out.yaml.seccomp.json',
    deviceNumber: ({ source }) => ({ type: 'c', major: 10, minor: Number(source.slice('/dev/d'.length)) }),
    ...changes,
  });
}

const written = (path: string) => ({ path, size: 10, hasPrograms: false });

/** As a user puts it into a container file. */
function merged(fragment: string) {
  const text = `apiVersion: standard-container/v1\nkind: Job\nmetadata: { name: web }\nimage: host\nprocess: { args: [web] }\n${fragment}`;
  return parseDocuments(text, 'web.yaml', { environment: {}, set: {} })[0]?.value;
}

test('a program that needs nothing', () => {
  expect(compose()).toBe(`# Recorded by sc run from web --serve
# It ended with code 0.
# What the program did not do in this run is refused from now on: record it at all of its work.
rootfs:
  readOnly: true
security:
  capabilities:
    drop: [ALL]
  # 2 system calls.
  seccomp: ./out.yaml.seccomp.json
`);
});

test('a program that needs much', () => {
  const seen = observations({
    refusedSyscalls: [
      { form: 'native', number: 165, name: 'mount', errno: 'EPERM' },
      { form: 'compat', number: 999, errno: 'ENOSYS' },
    ],
    capabilities: { used: ['CAP_CHOWN', 'CAP_KILL'], refused: ['CAP_SYS_ADMIN'] },
    devices: [
      { type: 'c', major: 1, minor: 3, access: 'w' },
      { type: 'c', major: 136, minor: 0, access: 'rw' },
      { type: 'c', major: 10, minor: 229, access: 'rw' },
      { type: 'c', major: 10, minor: 230, access: 'rw' },
      { type: 'b', major: 1, minor: 3, access: 'r' },
    ],
  });
  const device = { access: 'rwm', mode: 0o666 };
  const devices = [
    { ...device, path: '/dev/d229', source: '/dev/d229' },
    { ...device, path: '/dev/other', source: '/dev/d230', access: 'r', mode: 0o600 },
    { ...device, path: '/dev/d231', source: '/dev/d231' },
  ];
  const fragment = compose({
    container: spec(['web'], { security: { devices } }),
    seen,
    writable: { paths: ['/run', '/var/cache/a b'].map(written), obstacles: [] },
  });
  expect(fragment).toContain(`rootfs:
  readOnly: true
  # Empty at each start, and in memory.
  writablePaths:
    - /run
    - "/var/cache/a b"
security:
  # Asked for in vain: CAP_SYS_ADMIN
  capabilities:
    drop: [ALL]
    add: [CAP_CHOWN, CAP_KILL]
  # 2 system calls.
  # Refused in this run too: mount (EPERM), number 999 of 32-bit programs (ENOSYS)
  seccomp: ./out.yaml.seccomp.json
  # Devices asked for in vain: b 1:3 (r)
  devices:
    - { path: /dev/d229, access: rw }
    - { path: /dev/other, source: /dev/d230, access: r, mode: '0600' }
`);
  expect(merged(fragment)).toMatchObject({
    rootfs: { readOnly: true, writablePaths: ['/run', '/var/cache/a b'] },
    security: {
      capabilities: { drop: ['ALL'], add: ['CAP_CHOWN', 'CAP_KILL'] },
      seccomp: './out.yaml.seccomp.json',
      devices: [
        { path: '/dev/d229', access: 'rw' },
        { path: '/dev/other', source: '/dev/d230', access: 'r', mode: '0600' },
      ],
    },
  });
});

test('what needs more than a writable path has is a mount', () => {
  const paths = [
    { path: '/tmp', size: 10, hasPrograms: true },
    { path: '/var/big', size: 80 * 2 ** 20 + 1, hasPrograms: false },
  ];
  const fragment = compose({ writable: { paths, obstacles: [] } });
  expect(fragment).toContain(`rootfs:
  readOnly: true
# Beside those that the file has already: empty at each start, and in memory.
mounts:
  - { tmpfs: true, target: /tmp, size: 64Mi, exec: true }
  - { tmpfs: true, target: /var/big, size: 161Mi }
`);
  expect(merged(fragment)).toMatchObject({ mounts: [{ exec: true }, { size: '161Mi' }] });
});

test('a root that was read-only stays so', () => {
  const fragment = compose({ container: spec(['web'], { rootfs: { readOnly: true } }) });
  expect(fragment).toContain(`# Its mounts and writable paths stay as they were.
rootfs:
  readOnly: true
security:`);
});

test('what keeps the root filesystem writable is told', () => {
  const fragment = compose({ writable: { paths: [written('/run')], obstacles: ['"/etc" was written to'] } });
  expect(fragment).toContain(`# The root filesystem cannot be read-only:
# - "/etc" was written to
# With mounts there it can: add them, remove this, and record again.
# Written to was also /run
rootfs:
  readOnly: false
`);
});

test('what was not seen is told, and nothing is taken away for that', () => {
  const {
    capabilities: _,
    devices: __,
    ...seen
  } = observations({
    unseen: [
      { what: 'capabilities', why: 'load it: bpf: EPERM' },
      { what: 'devices', why: 'no v2' },
    ],
  });
  const fragment = compose({ seen, container: spec(['web'], { security: { capabilities: ['CAP_KILL'] } }) });
  expect(fragment).toContain(`  # Those of the run; which of them it needs was not seen: load it: bpf: EPERM
  capabilities:
    drop: [ALL]
    add: [CAP_KILL]
`);
  expect(fragment).toContain('  # Which devices it has used was not seen: no v2\n');
});

test.each([
  [
    { code: 3, cause: 'exit' },
    '# It ended with code 3: if it failed, what it does when it succeeds is missing here.',
  ],
  [
    { code: 143, signal: 'SIGTERM', cause: 'signal' },
    '# It was ended by SIGTERM: what it does at an end of its own',
  ],
  [
    { code: 137, signal: 'SIGKILL', cause: 'oom' },
    '# It was ended by SIGKILL, since its memory had run out:',
  ],
  [{ code: null, cause: 'unknown' }, '# How it ended is not known:'],
] as const)('the end %j is remarked', (exit, words) => {
  expect(compose({ exit })).toContain(words);
});

test('nothing of the program breaks out of its comment or its quotes', () => {
  const fragment = compose({
    container: spec(['sh', '-c', 'echo ${UNSET}\nsecurity: { seccomp: unconfined }']),
    writable: { paths: ['/a"\n: #', '/${HOME}'].map(written), obstacles: [] },
  });
  expect(merged(fragment)).toMatchObject({
    rootfs: { writablePaths: ['/a"\n: #', '/${HOME}'] },
    security: { seccomp: './out.yaml.seccomp.json' },
  });
});
