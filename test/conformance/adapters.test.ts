import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { configOf } from '../../src/conformance/adapters/bundle.ts';
import { engineFields, optionsOf, updateOptionsOf } from '../../src/conformance/adapters/engine-options.ts';
import { EngineProgram } from '../../src/conformance/adapters/engine-program.ts';
import { kindOfWords } from '../../src/conformance/adapters/kind-of-words.ts';
import { lxcConfig, lxcFields } from '../../src/conformance/adapters/lxc-config.ts';
import type { Refusal } from '../../src/conformance/adapters/serve.ts';

const container = {
  image: '/rootfs',
  rootfs: { readOnly: true },
  process: { args: ['true'], cwd: '/srv', user: '1000:1000', additionalGroups: ['audio'] },
  environment: { A: 'b c' },
  network: { hostname: 'one' },
  namespaces: { ipc: 'host' },
  mounts: [{ bind: '/tmp', target: '/a', readOnly: true }],
  signals: { stopSignal: 'SIGINT' },
  resources: { memory: '64Mi', pids: 20 },
  security: { capabilities: { drop: ['CAP_CHOWN'] }, noNewPrivileges: true },
} as const;
const changeable = structuredClone(container) as unknown as Parameters<typeof optionsOf>[0];

/** Whether one list has the other's items beside one another. */
const has = (words: readonly string[], ...some: string[]) =>
  ` ${words.join(' ')} `.includes(` ${some.join(' ')} `);

test.each(['podman', 'docker'])('%s is told each property of a container', (engine) => {
  const words = optionsOf(changeable, engine === 'podman');
  const wanted = [
    ['--read-only'],
    ['--workdir', '/srv'],
    ['--user', '1000:1000'],
    ['--group-add', 'audio'],
    ['--env', 'A=b c'],
    ['--hostname', 'one'],
    ['--network', 'none'],
    ['--ipc', 'host'],
    ['--mount', 'type=bind,source=/tmp,target=/a,readonly'],
    ['--stop-signal', 'SIGINT'],
    ['--memory', String(64 * 1024 ** 2)],
    ['--pids-limit', '20'],
    ['--cap-drop', 'CAP_CHOWN'],
    ['--security-opt', 'no-new-privileges'],
  ];
  expect(wanted.filter((some) => !has(words, ...some))).toEqual([]);
});

test('what only one engine can be told is a field of that one', () => {
  const [podman, docker] = [true, false].map(engineFields);
  expect(podman).toEqual(expect.arrayContaining(['process.umask', 'security.maskedPaths', 'environment']));
  expect(docker).not.toContain('process.umask');
  // docker has no --unsetenv.
  expect(docker).toContain('environment=^(?!null$)');
});

test('an update has the options of a run', () => {
  expect(updateOptionsOf({ memory: '1Gi', cpus: 0.5, cpuset: { cpus: '0' } })).toEqual([
    ...['--memory', String(1024 ** 3)],
    ...['--cpus', '0.5'],
    ...['--cpuset-cpus', '0'],
  ]);
});

test('a runtime of the OCI is told where a namespace is mounted, how mounts travel, and limits of memory', () => {
  const namespaces = [{ type: 'pid' }, { type: 'uts' }, { type: 'ipc' }];
  const proposed = {
    process: { env: [] },
    mounts: [],
    linux: { namespaces, maskedPaths: [], readonlyPaths: [] },
  };
  const { linux } = configOf(
    proposed as unknown as Parameters<typeof configOf>[0],
    {
      image: '/rootfs',
      rootfs: { propagation: 'shared' },
      namespaces: { uts: '/tmp/uts', ipc: 'host' },
      resources: { memory: '8Mi', memorySwap: 'unlimited', memoryReservation: '7Mi' },
    },
    '/group',
  );
  expect(linux).toMatchObject({
    rootfsPropagation: 'shared',
    namespaces: [{ type: 'pid' }, { type: 'uts', path: '/tmp/uts' }, { type: 'cgroup' }],
    resources: { memory: { limit: 8388608, swap: -1, reservation: 7340032 } },
  });
});

test('lxc is told each property of a container, a line each', () => {
  const lines = lxcConfig(changeable as unknown as Parameters<typeof lxcConfig>[0], {
    ...{ name: 'main', group: 'group', upper: '/upper' },
  }).split('\n');
  const wanted = [
    'lxc.rootfs.path = dir:/rootfs',
    'lxc.rootfs.options = ro',
    'lxc.init.cwd = /srv',
    'lxc.init.uid = 1000',
    'lxc.init.gid = 1000',
    'lxc.environment = A=b c',
    'lxc.uts.name = one',
    'lxc.net.0.type = empty',
    'lxc.namespace.keep = ipc',
    'lxc.mount.entry = /tmp a none rbind,ro,create=dir 0 0',
    'lxc.signal.halt = SIGINT',
    'lxc.cap.drop = chown',
    'lxc.no_new_privs = 1',
    'lxc.cgroup.dir.container = group/main',
  ];
  expect(wanted.filter((line) => !lines.includes(line))).toEqual([]);
  expect(lines.filter((line) => /memory.*67108864$|pids\.max = 20$/.test(line))).toHaveLength(2);
  // A line break would begin another line of the configuration.
  expect(lxcFields).toContain('environment=^(?!null$)[^\\n]*$');
});

test('podman says by its exit code why it does not remove a container, whatever its words are', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'sc-podman-'));
  const path = join(directory, 'podman');
  writeFileSync(path, '#!/bin/sh\necho "Error: invalid" >&2; exit "$2"\n', { mode: 0o755 });
  const kindOf = async (...args: string[]) => {
    const refusal = await new EngineProgram(path).call(...args).catch((error) => error);
    return (refusal as Refusal).details;
  };
  try {
    expect(await kindOf('rm', '1')).toMatchObject({ kind: 'not-found', exitCode: 1 });
    expect(await kindOf('rm', '2')).toMatchObject({ kind: 'wrong-state', exitCode: 2 });
    expect(await kindOf('rm', '125')).toMatchObject({ kind: 'invalid', exitCode: 125 });
    expect(await kindOf('stop', '1')).toMatchObject({ kind: 'invalid', exitCode: 1 });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each([
  ['Error response from daemon: Conflict. The container name "/a" is already in use', 'exists'],
  ['Error: inspecting object: no such container nobody', 'not-found'],
  ["nobody doesn't exist", 'not-found'],
  ['lxc-destroy: nobody: Container is not defined', 'not-found'],
  ['exec: "nothing": executable file not found in $PATH', 'not-found'],
  ['cannot pause a stopped container', 'wrong-state'],
  ['can only kill running containers. 27bb is in state exited: container state improper', 'wrong-state'],
  ['unable to find user nobody: no matching entries in passwd file', 'not-found'],
  ['Error response from daemon: No such image: nobody:1', 'not-found'],
  ['Error: nobody:1: image not known', 'not-found'],
  ['Renaming a container with the same name as its current name', 'exists'],
  ['Error: invalid reference format', 'invalid'],
  ['Error: valid signals are 1 through 64', 'invalid'],
  ['wrong rlimit value: RLIMIT_NONSENSE', 'invalid'],
  ['environment variable name can\'t be empty: "=x"', 'invalid'],
  ['Error: no command or entrypoint provided, and no CMD or ENTRYPOINT from image', 'invalid'],
  ['sysctl "kernel.panic" is not in a separate kernel namespace', 'invalid'],
  ['sysctl "net.ipv4.ip_forward" not allowed in host network namespace', 'invalid'],
  ['the sysctl `net.ipv4.ip_forward` requires a new network namespace', 'invalid'],
  ['mkdir /etc/passwd: not a directory', 'invalid'],
  ['operation not permitted', 'denied'],
  ['something else went wrong', 'internal'],
])('the words "%s" are of the kind %s', (words, kind) => {
  expect(kindOfWords(words)).toBe(kind);
});
