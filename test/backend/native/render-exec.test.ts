import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/backend/native/program/explain.ts';
import { renderExec } from '../../../src/backend/native/render/exec.ts';
import type { ExecRenderRequest, ProgramView } from '../../../src/backend/native/render/input.ts';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { spec } from '../../support/containers.ts';

const host: ProgramView = {
  seccompFilter: Buffer.alloc(16),
  lastCapability: 40,
  rlimits: [{ name: 'nofile', resource: 7, soft: 1024, hard: 4096, isRaised: false }],
  oomScore: undefined,
  confinement: {},
};

function words(
  changes: Parameters<typeof spec>[1] = {},
  more: Partial<ExecRenderRequest> = {},
  view: Partial<ProgramView> = {},
): string[] {
  const request: ExecRenderRequest = {
    container: spec(['sh', '-c', 'echo hello'], changes),
    identity: { uid: 1000, gid: 1000, groups: [29], home: '/home/user' },
    environment: ['PATH=/usr/bin:/bin', 'GREETING=hi'],
    groups: { keeper: [], program: ['/sys/fs/cgroup/sc/0000/cgroup.procs'] },
    ...more,
  };
  return explain(renderExec(request, { ...host, ...view }));
}

const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });

/** The words of the container's part alone: from the birth of the program on. */
const inside = (lines: string[]) =>
  lines.slice(lines.indexOf('it is inside:') + 1, lines.indexOf('it fails:'));

describe('the program of an exec', () => {
  test('reads like this', () => {
    expect(words({ security: { userNamespace }, terminal: { tty: true } }).join('\n')).toMatchSnapshot();
  });

  test('does nothing where the container sees it but to lead a session, to say that it is ready and to execute', () => {
    const calls = (lines: string[]) =>
      inside(lines).flatMap((line) => /: (\w+)\(/.exec(line)?.slice(1) ?? []);
    expect(calls(words({ process: { args: ['/bin/true'] } })).slice(0, 4)).toEqual([
      'setsid',
      'prctl',
      'write',
      'execve',
    ]);
    expect(calls(words({ terminal: { tty: true } })).slice(0, 4)).toEqual([
      'setsid',
      'ioctl',
      'prctl',
      'write',
    ]);
  });

  test('drops all before it is born there, in an order that the kernel allows', () => {
    const lines = words({ security: { userNamespace } });
    const order = [
      'join a control group',
      "enter the container's namespaces",
      'become root of the user namespace',
      'take a session keyring',
      'working directory "/"',
      'limit nofile',
      'keep the number to itself',
      'close all other descriptors',
      'from the bounding set',
      'become group',
      'become user',
      'none inheritable',
      'no_new_privs',
      'set the umask',
      'allow nobody to look inside',
      'load the system call filter',
      'leave the program in the container',
      'lead a session',
      'execute "sh"',
    ];
    const positions = order.map((text) =>
      lines.findLastIndex((line) => line.includes(`  ${text}`) || line.includes(text)),
    );
    expect(positions).not.toContain(-1);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
  });

  test('asks the security modules by the /proc of the host, which it looks at before', () => {
    const lines = words({}, {}, { confinement: { apparmor: 'strict' } });
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    expect(at('open /proc of the host')).toBeLessThan(at('confine the program by AppArmor profile "strict"'));
    expect(at('confine the program by AppArmor profile "strict"')).toBeLessThan(
      at("enter the container's namespaces"),
    );
  });

  test('has limits raised by the keeper, who has the rights of the host, before it is forked', () => {
    const rlimits = [{ name: 'nofile', resource: 7, soft: 1024, hard: 4096, isRaised: true }];
    const lines = words({ security: { userNamespace } }, {}, { rlimits });
    const at = (text: string) => lines.findIndex((line) => line.includes(text));
    expect(at('raise limit nofile of the keeper')).toBeGreaterThan(-1);
    expect(at('raise limit nofile of the keeper')).toBeLessThan(at('fork who enters'));
    expect(at('fork who enters')).toBeLessThan(at('  limit nofile'));
  });

  test('enters user and time namespaces only where the container has its own', () => {
    const flags = (lines: string[]) => Number(/setns\(6, (0x[0-9a-f]+)\)/.exec(lines.join('\n'))?.[1]);
    expect(flags(words()) & 0x10000080).toBe(0);
    const clocks = { monotonic: 0, boottime: 0 };
    expect(flags(words({ security: { userNamespace }, clocks })) & 0x10000080).toBe(0x10000080);
  });
});
