import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { evenMaps } from '../../../src/linux/id-maps.ts';
import { useBackend } from './harness.ts';

const native = useBackend();
const { launch, run, sh } = native;

const userNamespace = evenMaps({ inside: 0, host: 524288, size: 65536 });
const unconfined = { seccomp: 'unconfined' as const };

describe('calls through the entry of 32-bit programs and with the bit of x32', () => {
  // Name, number of i386 and of x32, first argument: 38 is AF_ALG, 0x10000000 CLONE_NEWUSER.
  const calls = [
    ['socket', 359, 41, 38],
    ['keyctl', 288, 250, 0],
    ['unshare', 310, 272, 0x10000000],
    ['mount', 21, 165, 0],
    ['bpf', 357, 321, 99],
    ['socketcall', 102, -1, 1],
  ] as const;
  const program = `
    #define _GNU_SOURCE
    #include <errno.h>
    #include <stdio.h>
    #include <stdlib.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
      long number = atol(argv[2]), first = atol(argv[3]), result;
      if (argv[1][0] == '3')
        __asm__ volatile("int $0x80" : "=a"(result) : "a"((int)number), "b"((int)first), "c"(5), "d"(0), "S"(0), "D"(0)
          : "memory", "r8", "r9", "r10", "r11");
      else if ((result = syscall(0x40000000 + number, first, 5, 0, 0, 0)) < 0) result = -errno;
      printf("%d\\n", (int)result == -1);
    }`;
  const each = calls
    .flatMap(([, i386, x32, first]) => [
      `call 32 ${i386} ${first}`,
      ...(x32 < 0 ? [] : [`call x ${x32} ${first}`]),
    ])
    .join(';');

  test('are refused as those of 64 bits are', async () => {
    native.install('call', program);
    const { stdout } = await sh(each);
    expect(stdout.trim().split('\n')).toEqual(Array.from({ length: 2 * calls.length - 1 }, () => '1'));
  });

  test('would reach the kernel without the filter', async () => {
    native.install('call', program);
    const all = { capabilities: ['CAP_SYS_ADMIN'], ...unconfined };
    const answers = (await sh(each, { security: all })).stdout.trim().split('\n');
    expect(answers.filter((isRefused) => isRefused === '1').length).toBeLessThan(calls.length);
  });
});

describe('keys', () => {
  const program = `
    #include <linux/keyctl.h>
    #include <stdio.h>
    #include <string.h>
    #include <errno.h>
    #include <sys/syscall.h>
    #include <unistd.h>
    int main(int argc, char **argv) {
      int ring = argv[2][0] == 's' ? KEY_SPEC_SESSION_KEYRING : KEY_SPEC_USER_KEYRING;
      if (strcmp(argv[1], "hold") == 0) {
        if (ring == KEY_SPEC_SESSION_KEYRING) syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, 0);
        if (syscall(SYS_add_key, "user", "sc-test", "secret", 6, ring) < 0) return 1;
        if (argc > 3) return execvp(argv[3], argv + 3);
        puts("held");
        fflush(stdout);
        pause();
      }
      long key = syscall(SYS_keyctl, KEYCTL_SEARCH, ring, "user", "sc-test", 0);
      puts(key > 0 ? "found" : strerror(errno));
    }`;

  test.each(['session', 'user'])('of the %s keyring can be held and found by one program', async (ring) => {
    native.install('keys', program);
    const security = ring === 'user' ? { ...unconfined, userNamespace } : unconfined;
    const { stdout } = await run(['keys', 'hold', ring, 'keys', 'look', ring], { security });
    expect(stdout).toBe('found\n');
  });

  test.each([
    ['session', { userNamespace: undefined }],
    ['session', { userNamespace }],
    // Keyrings of users are those of a user namespace (Linux 5.3); in that of the host the filter keeps them.
    ['user', { userNamespace }],
  ])(
    'of the %s keyring of another container are not found, even without a filter: %j',
    async (ring, more) => {
      native.install('keys', program);
      const holder = await launch(['keys', 'hold', ring], { security: { ...unconfined, ...more } });
      await expect.poll(holder.stdout).toBe('held\n');
      const other = { userNamespace: evenMaps({ inside: 0, host: 655360, size: 65536 }) };
      const security = { ...unconfined, ...(more.userNamespace ? other : more) };
      const { stdout } = await run(['keys', 'look', ring], { security });
      holder.handle.kill(9);
      await holder.outcome();
      expect(stdout).toBe('Required key not available\n');
    },
  );

  test.each(['session', 'user'])('of the %s keyring cannot even be asked for by default', async (ring) => {
    native.install('keys', program);
    expect((await run(['keys', 'look', ring])).stdout).toBe('Operation not permitted\n');
    expect((await run(['keys', 'hold', ring])).exit.code).toBe(1);
  });
});

describe('what looks like more than one setting or variable', () => {
  test('is one variable, and changes no file of users', async () => {
    const environment = ['PATH=/bin', 'A=1\nLD_PRELOAD=/evil.so', 'HOME=/root\nevil:x:0:0::/:/bin/sh'];
    const { stdout } = await run(['cat', '/proc/self/environ'], {}, { environment });
    expect(stdout).toBe(environment.map((variable) => `${variable}\0`).join(''));
    const users = await run(['grep', '-c', 'evil', '/etc/passwd'], {}, { environment });
    expect(users.stdout).toBe('0\n');
  });

  test('sets nothing beside the one kernel setting that it names', async () => {
    const before = readFileSync('/proc/sys/kernel/core_pattern', 'utf8');
    for (const value of [
      '1\nkernel.core_pattern=|/evil',
      '1+kernel.core_pattern=|/evil',
      '1 kernel.core_pattern=|/evil',
    ]) {
      const security = { sysctls: { 'kernel.shm_rmid_forced': value } };
      await expect(run(['true'], { security })).rejects.toMatchObject({ errno: 'EINVAL' });
    }
    expect(readFileSync('/proc/sys/kernel/core_pattern', 'utf8')).toBe(before);
  });

  test("goes to the kernel, and not to what an image has in the place of the kernel's own", async () => {
    const decoys = ['proc/sys/net/ipv4/ip_forward', 'proc/1/attr/apparmor/exec', 'dev/null'].map((path) =>
      join(native.workshop.rootfs, path),
    );
    for (const decoy of decoys) {
      mkdirSync(dirname(decoy), { recursive: true });
      writeFileSync(decoy, 'decoy');
    }
    // The root filesystem itself, so that a write which goes astray is seen in it.
    const mounts = [{ type: 'bind' as const, target: '/', source: native.workshop.rootfs, readOnly: false }];
    const security = { sysctls: { 'net.ipv4.ip_forward': '1' } };
    const script = 'cat /proc/sys/net/ipv4/ip_forward /proc/interrupts; stat -c %t:%T /proc/interrupts';
    expect((await sh(script, { security }, { rootfs: { mounts } })).stdout).toBe('1\n1:3\n');
    expect(decoys.map((decoy) => readFileSync(decoy, 'utf8'))).toEqual(['decoy', 'decoy', 'decoy']);
    // Who follows the path instead of the descriptor writes there.
    writeFileSync(decoys[0] ?? '', '1');
    expect(readFileSync(decoys[0] ?? '', 'utf8')).toBe('1');
  });
});
