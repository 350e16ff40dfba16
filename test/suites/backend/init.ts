import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, vi } from 'vitest';
import { parseSignal, signalName } from '../../../src/linux/signals.ts';
import { spec } from '../../support/containers.ts';
import type { Bench } from './bench.ts';

type Changes = NonNullable<Parameters<Bench['run']>[1]>;

const withInit = (changes: Changes = {}): Changes => ({ ...changes, monitor: { init: true } });

/** Leaves 20 children of its own children behind, which end at once, and tells how many stay unreaped for so many hundredths of a second. */
const orphans = `
  #include <dirent.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <sys/wait.h>
  #include <unistd.h>
  int dead() {
    int count = 0;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; (entry = readdir(proc));) {
      char path[300], state = 0;
      snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
      FILE *stat = atoi(entry->d_name) ? fopen(path, "r") : 0;
      if (stat) fscanf(stat, "%*d (%*[^)]) %c", &state), fclose(stat);
      count += state == 'Z';
    }
    closedir(proc);
    return count;
  }
  int main(int count, char **words) {
    for (int i = 0; i < 20; i++) {
      int child = fork();
      if (!child) _exit(fork() < 0);
      waitpid(child, 0, 0);
    }
    int left = 20;
    for (int i = 0; i < atoi(words[1]) && (left = dead()) > 0; i++) usleep(10000);
    printf("%d\\n", left);
  }`;

/** Tells the number of each signal that comes. */
const hear = `
  #include <signal.h>
  #include <stdio.h>
  #include <sys/syscall.h>
  #include <unistd.h>
  int main() {
    unsigned long all = -1;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
    setbuf(stdout, 0);
    for (printf("0\\n");;) printf("%ld\\n", syscall(SYS_rt_sigtimedwait, &all, 0, 0, 8));
  }`;

/** Tells which lines of /words stand somewhere in the memory of pid 1. */
const look = `
  #define _GNU_SOURCE
  #include <fcntl.h>
  #include <stdio.h>
  #include <stdlib.h>
  #include <string.h>
  #include <unistd.h>
  int main() {
    FILE *maps = fopen("/proc/1/maps", "r"), *file = fopen("/words", "r");
    int memory = open("/proc/1/mem", O_RDONLY), count = 0;
    if (!maps || !file || memory < 0) return perror("open"), 1;
    char line[400], words[8][400], found[8] = {0};
    while (fgets(words[count], 400, file)) words[count][strcspn(words[count], "\\n")] = 0, count++;
    while (fgets(line, sizeof line, maps)) {
      unsigned long from, to;
      sscanf(line, "%lx-%lx", &from, &to);
      char *bytes = malloc(to - from);
      long length = pread(memory, bytes, to - from, from);
      for (int i = 0; i < count; i++)
        found[i] |= length > 0 && memmem(bytes, length, words[i], strlen(words[i]));
      free(bytes);
    }
    for (int i = 0; i < count; i++) if (found[i]) puts(words[i]);
  }`;

/** A small init as pid 1, beside the program. */
export function initSuite(bench: Bench): void {
  const { launch, needs, run, sh } = bench;
  const install = (name: string, source: string) =>
    execFileSync('gcc', ['-static', '-w', '-x', 'c', '-', '-o', join(bench.workshop.rootfs, 'bin', name)], {
      input: source,
    });

  describe('a small init', () => {
    const test = needs({ 'monitor.init': true });

    test('is pid 1 and the parent of the program, which is in a session of its own, and there is nobody else', async () => {
      const script =
        'cat /proc/1/comm; readlink /proc/1/exe; echo $$; echo $PPID; cut -d" " -f6 /proc/$$/stat; echo /proc/[0-9]*';
      const { stdout } = await sh(script, withInit());
      const pid = stdout.split('\n')[2];
      expect(stdout).toBe(`sc-init\n/memfd:sc-init (deleted)\n${pid}\n1\n${pid}\n/proc/1 /proc/${pid}\n`);
    });

    test('reaps those whose parents have ended', async () => {
      install('orphans', orphans);
      expect((await run(['orphans', '50'])).stdout).toBe('20\n');
      expect((await run(['orphans', '3000'], withInit())).stdout).toBe('0\n');
    });

    test('is the parent of who is left alone, and ends with the program', async () => {
      const script = 'pid=$(sh -c "sleep 1000 >/dev/null & echo \\$!"); grep PPid /proc/$pid/status; exit 4';
      expect(await sh(script, withInit())).toMatchObject({
        stdout: 'PPid:\t1\n',
        exit: { code: 4, cause: 'exit' },
      });
    });

    test('passes every signal on but those that the kernel keeps for itself and SIGCHLD', async () => {
      install('hear', hear);
      const running = await launch(['hear'], withInit());
      const passed = Array.from({ length: 64 }, (_, index) => index + 1).filter(
        (number) => ![9, 17, 19].includes(number),
      );
      const heard = () => running.stdout().split('\n').slice(0, -1).map(Number);
      for (const [index, number] of passed.entries()) {
        await vi.waitFor(() => expect(heard()).toHaveLength(index + 1), 30_000);
        running.handle.kill(number);
      }
      await vi.waitFor(() => expect(heard()).toEqual([0, ...passed]), 30_000);
      running.handle.kill(9);
      expect((await running.outcome()).exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'signal' });
    });

    test('passes on a signal that ends the program, which as pid 1 would not hear it', async () => {
      const running = await launch(['sleep', '1000'], withInit());
      running.handle.kill(15);
      expect((await running.outcome()).exit).toEqual({ code: 143, signal: 'SIGTERM', cause: 'signal' });
    });

    test.each([0, 1, 3, 127, 128, 137, 143, 255])('ends with code %i of the program', async (code) => {
      expect((await sh(`exit ${code}`, withInit())).exit).toEqual({ code, cause: 'exit' });
    });

    test.each(['SIGHUP', 'SIGKILL', 'SIGSEGV', 'SIGTERM', 'SIGRTMIN+3', 'SIGRTMAX'])(
      'says that %s has ended the program',
      async (name) => {
        const number = parseSignal(name);
        const recordDirectory = join(bench.workshop.directory, 'record');
        mkdirSync(recordDirectory);
        const { exit } = await sh(`kill -${number} $$`, withInit(), { recordDirectory });
        expect(exit).toEqual({ code: 128 + number, signal: signalName(number), cause: 'signal' });
        expect(bench.backend.readExit(recordDirectory)?.exit).toEqual(exit);
      },
    );

    needs({ 'monitor.init': true, 'resources.memory': '16Mi' })(
      'says that the program was out of memory',
      async () => {
        const args = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
        const { exit } = await run(args, withInit({ resources: { memory: 16 << 20 } }));
        expect(exit).toEqual({ code: 137, signal: 'SIGKILL', cause: 'oom' });
      },
    );

    test.each([
      ['nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
      ['/bin/nosuch', 'SC_PROGRAM_NOT_FOUND', 'ENOENT'],
      ['/etc', 'SC_NOT_EXECUTABLE', 'EACCES'],
      ['denied', 'SC_NOT_EXECUTABLE', 'EACCES'],
      ['/bin/trap', 'SC_NOT_EXECUTABLE', 'EACCES'],
      ['/bin/trap1', 'SC_NOT_EXECUTABLE', 'EACCES'],
    ])('"%s" is %s by %s with it too', async (program, code, errno) => {
      for (const [name, interpreter, mode] of [
        ['denied', '/bin/sh', 0o644],
        ['trap', '/proc/self/exe', 0o755],
        ['trap1', '/proc/1/exe', 0o755],
      ] as const)
        writeFileSync(join(bench.workshop.rootfs, 'bin', name), `#!${interpreter}\n`, { mode });
      await expect(run([program], withInit())).rejects.toMatchObject({ code, errno });
    });

    test('changes nothing of what the program has', async () => {
      const script =
        'grep -E "^(Sig(Blk|Ign|Cgt)|Cap|Uid|Gid|Groups|NoNewPrivs|Seccomp|Umask)" /proc/self/status; env | sort; pwd; for fd in $(seq 0 99); do test -e /proc/$$/fd/$fd && echo $fd; done';
      const identity = { uid: 1000, gid: 1000, groups: [29, 44], home: '/' };
      for (const request of [{}, { identity }]) {
        const changes = { process: { cwd: '/tmp', umask: 0o077 } };
        const without = await sh(script, changes, request);
        expect(without.stdout).toMatch(/\n0\n1\n2\n$/);
        expect((await sh(script, withInit(changes), request)).stdout).toBe(without.stdout);
      }
    });

    test('holds nothing of the host, in its memory or as its file, also for who may trace it', async () => {
      install('look', look);
      const words = [bench.workshop.directory, 'sc-keeper', '/sys/fs/cgroup', 'sc-init', 'HOME=/root'];
      writeFileSync(join(bench.workshop.rootfs, 'words'), `${words.join('\n')}\n`);
      const security = { capabilities: [...spec([]).security.capabilities, 'CAP_SYS_PTRACE'] };
      expect(await run(['look'], withInit({ security }))).toMatchObject({
        stdout: 'sc-init\nHOME=/root\n',
        stderr: '',
      });

      const script = 'echo >/proc/1/exe; /proc/1/exe; tr "\\0" "\\n" </proc/1/environ; ls /proc/1/fd';
      const { stdout, stderr } = await sh(script, withInit({ security }));
      expect(stderr).toMatch(
        /\/proc\/1\/exe: (Text file busy|Permission denied)\n.*\/proc\/1\/exe: Permission denied\n$/,
      );
      const environment = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOME=/root\n';
      expect(stdout).toBe(`${environment}0\n1\n2\n5\n`);
    });

    test('goes with the keeper, and takes all along', async () => {
      const container = spec(['sleep', '1000'], withInit());
      const running = await launch(['sleep', '1000'], { ...withInit(), id: container.id });
      process.kill(running.handle.keeperPid, 'SIGKILL');
      expect((await running.outcome()).exit).toEqual({ code: null, cause: 'unknown' });
      await vi.waitFor(() => expect(() => process.kill(running.handle.pid, 0)).toThrow(), 30_000);
      await bench.backend.cleanUp(container.id);
    });

    needs({ 'monitor.init': true, 'monitor.timeout': '100ms' })('is asked to end at a deadline', async () => {
      const changes = { ...withInit(), monitor: { init: true, timeout: 100 } };
      expect((await run(['sleep', '1000'], changes)).exit).toEqual({
        code: 143,
        signal: 'SIGTERM',
        cause: 'deadline',
      });
    });

    needs({ 'monitor.init': true, 'terminal.tty': true })('leaves the terminal to the program', async () => {
      const script =
        'tty; test -t 0 && test -t 1 && test -t 2 && echo $$ $(cut -d" " -f6,7,8 /proc/self/stat) >/dev/tty';
      const running = await launch(['sh', '-c', script], { ...withInit(), terminal: { tty: true } });
      const { ReadStream } = await import('node:tty');
      const master = new ReadStream(running.handle.terminal ?? -1);
      let output = '';
      master.on('data', (chunk) => {
        output += chunk;
      });
      master.on('error', () => master.destroy());
      expect((await running.outcome()).exit).toEqual({ code: 0, cause: 'exit' });
      // Its session, the terminal's number, and the group in front of it.
      await vi.waitFor(() => expect(output).toMatch(/^\/dev\/pts\/0\r\n(\d+) \1 34816 \1\r\n$/), 30_000);
      master.destroy();
    });
  });
}
