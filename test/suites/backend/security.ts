import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Bench } from './bench.ts';

/** The rights of a container that asks for none. */
export function securitySuite(bench: Bench): void {
  const { needs, run, sh } = bench;

  describe('security', () => {
    needs({ 'security.noNewPrivileges': true, 'security.seccomp': 'default' })(
      'eleven capabilities, none inheritable or ambient, no_new_privs and a filter',
      async () => {
        const { stdout } = await run(['grep', '-E', 'Cap|NoNewPrivs|Seccomp:', '/proc/self/status']);
        const mask = '00000000800405fb';
        const zero = '0000000000000000';
        expect(stdout).toBe(
          `CapInh:\t${zero}\nCapPrm:\t${mask}\nCapEff:\t${mask}\nCapBnd:\t${mask}\nCapAmb:\t${zero}\nNoNewPrivs:\t1\nSeccomp:\t2\n`,
        );
      },
    );

    needs({ 'security.noNewPrivileges': false, 'security.seccomp': 'default' })(
      'without no_new_privs the filter is there all the same',
      async () => {
        const { stdout } = await run(['grep', '-E', 'NoNewPrivs|Seccomp:', '/proc/self/status'], {
          security: { noNewPrivileges: false },
        });
        expect(stdout).toBe('NoNewPrivs:\t0\nSeccomp:\t2\n');
      },
    );

    test('masked paths are empty, and what is read-only stays so', async () => {
      const { stdout, stderr } = await sh(
        'cat /proc/keys /proc/interrupts /proc/timer_list 2>/dev/null | wc -c; ls /sys/firmware | wc -l; echo 1 >/proc/sys/kernel/panic',
      );
      expect(stdout).toBe('0\n0\n');
      expect(stderr).toContain('/proc/sys/kernel/panic: Read-only file system');
    });

    test('a program whose interpreter is /proc/self/exe gets no binary of the host', async () => {
      writeFileSync(join(bench.workshop.rootfs, 'bin/trap'), '#!/proc/self/exe\n', { mode: 0o755 });
      await expect(run(['/bin/trap'])).rejects.toMatchObject({
        code: 'SC_NOT_EXECUTABLE',
        errno: 'EACCES',
      });
    });

    test('mounts, namespaces and devices cannot be made', async () => {
      const { stderr } = await sh('mount -t tmpfs x /tmp; mknod /tmp/null c 1 3');
      expect(stderr).toMatch(/mount.*(denied|permitted)/);
      expect(stderr).toMatch(/mknod.*not permitted/);
    });
  });
}
