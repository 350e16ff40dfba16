import { expect, test } from 'vitest';
import { spec } from '../../support/containers.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { run, sh } = native;

const own = (profile: object) => ({
  security: { seccomp: { path: '/srv/profile.json', profile: JSON.stringify(profile) } },
});
const without = (name: string, action: string, more: object = {}) =>
  own({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: [name], action, ...more }] });

/** Makes one call through the entry of 32-bit programs and one with the bit of x32, and tells their results. */
const otherCalls = `
  #include <stdio.h>
  #include <string.h>
  #include <errno.h>
  #include <unistd.h>
  #include <sys/syscall.h>
  int main(int argc, char **argv) {
    long result;
    if (strcmp(argv[1], "32") == 0) __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory", "r8", "r9", "r10", "r11");
    else result = syscall(0x40000000 + SYS_getpid);
    if (result > 0) puts("made");
    else printf("refused %d\\n", errno);
  }`;

test.each([
  ['SCMP_ACT_ERRNO', { errnoRet: 28 }, 'No space left on device', 1],
  ['SCMP_ACT_ERRNO', {}, 'Operation not permitted', 1],
  ['SCMP_ACT_KILL_PROCESS', {}, 'Bad system call', 159],
  ['SCMP_ACT_TRAP', {}, 'Bad system call', 159],
])('a call is answered with %s %j', async (action, more, words, code) => {
  const { exit, stdout, stderr } = await sh('echo before; mkdir /tmp/x', without('mkdir', action, more));
  expect({ stdout, code: exit.code }).toEqual({ stdout: 'before\n', code });
  if (code === 1) expect(stderr).toContain(words);
  expect((await sh('mkdir /tmp/x')).exit.code).toBe(0);
});

test('a logged call is made', async () => {
  expect((await sh('mkdir /tmp/x', without('mkdir', 'SCMP_ACT_LOG'))).exit.code).toBe(0);
});

test.each(['32', 'x32'])(
  'a %s call is killed where the profile leaves them out, and made where not',
  async (kind) => {
    native.install('call', otherCalls);
    const silent = await run(['call', kind], own({ defaultAction: 'SCMP_ACT_ALLOW' }));
    expect(silent).toMatchObject({ stdout: '', exit: { signal: 'SIGSYS' } });
    const architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'];
    const named = await run(['call', kind], own({ defaultAction: 'SCMP_ACT_ALLOW', architectures }));
    // The kernel may have been built without x32.
    expect(named.stdout).toMatch(kind === '32' ? /^made/ : /^(made|refused 38)/);
  },
);

test('a profile under which nothing can be executed ends the start, or the container by its signal', async () => {
  await expect(run(['true'], without('execve', 'SCMP_ACT_ERRNO'))).rejects.toMatchObject({
    code: 'SC_NOT_EXECUTABLE',
    errno: 'EPERM',
  });
  const killed = await run(['true'], without('execve', 'SCMP_ACT_KILL_PROCESS'));
  expect(killed.exit).toMatchObject({ signal: 'SIGSYS' });
});

test.each(['SCMP_ACT_ERRNO', 'SCMP_ACT_KILL_PROCESS'])(
  'without write the start fails, by %s',
  async (action) => {
    await expect(run(['true'], without('write', action))).rejects.toMatchObject({
      code: 'SC_START_FAILED',
      hint: expect.stringContaining('let its seccomp profile allow write'),
    });
  },
);

test('what makes no filter is refused before anything starts, with the path of the profile', () => {
  const container = (profile: object) => native.backend.unsupported(spec(['true'], own(profile)));
  expect(container({ defaultAction: 'SCMP_ACT_ALLOW' })).toEqual([]);
  expect(container({ defaultAction: 'SCMP_ACT_ALLOW', architectures: ['SCMP_ARCH_MIPS'] })).toEqual([
    { path: 'security.seccomp', reason: expect.stringContaining('"/srv/profile.json": it has no rules') },
  ]);
});

test.each([
  ['execve', { defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 0 }],
  [
    'exit_group',
    {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['exit_group'], action: 'SCMP_ACT_ERRNO', errnoRet: 0 }],
    },
  ],
])(
  'a profile that pretends to make %s is refused: its container would neither begin nor end',
  (name, profile) => {
    expect(native.backend.unsupported(spec(['true'], own(profile)))).toEqual([
      {
        path: 'security.seccomp',
        reason: expect.stringContaining(`"${name}" would pretend to have been made`),
      },
    ]);
  },
);

test('a profile that pretends to make any other call is kept', async () => {
  const pretence = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['chown', 'fchownat', 'lchown'], action: 'SCMP_ACT_ERRNO', errnoRet: 0 }],
  };
  const script = 'touch /tmp/x; chown 5:5 /tmp/x && stat -c %u /tmp/x';
  expect(await run(['sh', '-c', script], own(pretence))).toMatchObject({ stdout: '0\n', exit: { code: 0 } });
});
