import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { job, makeCommandLine } from '../support/command-line.ts';

let cli: ReturnType<typeof makeCommandLine>;
beforeAll(() => {
  cli = makeCommandLine();
});
afterAll(() => cli.remove());

const run = (...args: string[]) => cli.sc('run', '--rm', ...args);

describe('a seccomp profile of its own', () => {
  const profile = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [{ names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 28 }],
  };
  const mkdir = ['./rootfs', 'mkdir', '/tmp/x'];

  test.each(['seccomp=profile.json', 'seccomp=./profile.json', 'seccomp:profile.json'])(
    '--security-opt %s holds',
    async (option) => {
      cli.write('profile.json', JSON.stringify(profile));
      const { exitCode, stderr } = await run('--security-opt', option, ...mkdir);
      expect({ exitCode, stderr }).toEqual({
        exitCode: 1,
        stderr: expect.stringContaining('No space left on device'),
      });
    },
  );

  test('is what it was when the container was planned', async () => {
    cli.write('profile.json', JSON.stringify(profile));
    cli.write('a.yaml', job('planned', ['true'], 'security: { seccomp: ./profile.json }\n'));
    expect((await cli.sc('plan', 'a.yaml')).stdout).toMatch(
      new RegExp(`security\\.seccomp +from the file +${cli.directory}/profile\\.json\n`),
    );
    await cli.sc('apply', 'a.yaml');
    cli.write('profile.json', '');
    const { stdout } = await cli.sc('inspect', '--json', 'planned');
    expect(JSON.parse(stdout).spec?.security.seccomp).toEqual({
      path: `${cli.directory}/profile.json`,
      profile: JSON.stringify(profile),
    });
  });

  test.each([
    [
      '{ "defaultAction": "SCMP_ACT_ALOW" }',
      ['profile.json:1:20: defaultAction: found "SCMP_ACT_ALOW"', 'did you mean SCMP_ACT_ALLOW'],
    ],
    ['{\n"defaultAction"', ['profile.json:2:16: defaultAction: the text ends here']],
    [
      JSON.stringify({ ...profile, syscalls: [{ names: ['mkdri'], action: 'SCMP_ACT_LOG' }] }),
      ['unknown system call "mkdri"', 'mkdir'],
    ],
  ])('that is no profile starts nothing: %s', async (text, parts) => {
    cli.write('profile.json', text);
    cli.write(
      'a.yaml',
      `${job('first', ['touch', '/ran'])}---\n${job('second', ['true'], 'security: { seccomp: ./profile.json }\n')}`,
    );
    const answers = [
      { expected: 125, ...(await run('--security-opt', 'seccomp=profile.json', ...mkdir)) },
      { expected: 2, ...(await cli.sc('apply', 'a.yaml')) },
      { expected: 2, ...(await cli.sc('plan', 'a.yaml')) },
    ];
    for (const { expected, exitCode, stderr } of answers) {
      expect({ exitCode, stderr }).toEqual({
        exitCode: expected,
        stderr: expect.stringContaining(parts[0] ?? ''),
      });
      for (const part of parts) expect(stderr).toContain(part);
    }
    expect((await cli.sc('ps', '--all', '--json')).stdout).not.toContain('"first"');
  });

  test('that makes no filter is refused at its place in the container file', async () => {
    cli.write('profile.json', JSON.stringify({ ...profile, architectures: ['SCMP_ARCH_MIPS'] }));
    cli.write('a.yaml', job('unfit', ['true'], 'security: { seccomp: ./profile.json }\n'));
    const { exitCode, stderr } = await cli.sc('apply', 'a.yaml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('a.yaml:6:22: security.seccomp:');
    expect(stderr).toContain('profile.json": it has no rules for this machine\'s');
  });

  test('that is not there is told by flag and by place', async () => {
    const flag = await run('--security-opt', 'seccomp=unconfned', ...mkdir);
    expect(flag).toMatchObject({
      exitCode: 125,
      stderr: expect.stringMatching(
        /--security-opt: read seccomp profile ".*\/unconfned": there is no such file/,
      ),
    });
    cli.write('a.yaml', job('missing', ['true'], 'security: { seccomp: ./gone.json }\n'));
    expect((await cli.sc('apply', 'a.yaml')).stderr).toMatch(
      /^a\.yaml:6:22: security\.seccomp: .*gone\.json": there is no such file/,
    );
  });
});

describe('kernel settings', () => {
  const show = ['./rootfs', 'cat', '/proc/sys/kernel/shmmax', '/proc/sys/net/ipv4/ip_forward'];

  test('are set by flag and by file', async () => {
    const flags = ['--sysctl', 'kernel.shmmax=65536', '--sysctl', 'net.ipv4.ip_forward=1'];
    expect((await run(...flags, ...show)).stdout).toBe('65536\n1\n');
    const sysctls = "security: { sysctls: { kernel/shmmax: '65536', net.ipv4.ip_forward: '1' } }\n";
    cli.write('a.yaml', job('settings', show.slice(1), sysctls));
    expect((await cli.sc('apply', 'a.yaml')).stdout).toBe('65536\n1\n');
  });

  test.each([
    ['kernel.core_pattern=|/bin/evil', '--sysctl: "kernel.core_pattern" is a setting of the whole machine'],
    ['net.ipv4.ip_forward', '--sysctl: found "net.ipv4.ip_forward"; expected NAME=VALUE'],
    [
      'net.ipv4.ip_forwrad=1',
      '--sysctl: backend "native" cannot honour it: this kernel has no setting "net.ipv4.ip_forwrad"; expected',
    ],
    ['net.ipv4.ip_forward=1\nkernel.core_pattern=x', '--sysctl: found "1\\nkernel.core_pattern=x"'],
  ])('--sysctl %j is refused', async (text, part) => {
    const { exitCode, stderr } = await run('--sysctl', text, ...show);
    expect({ exitCode, stderr }).toEqual({ exitCode: 125, stderr: expect.stringContaining(part) });
  });
});

test('a capability that sc itself does not have is refused before anything starts', async () => {
  const command = ['run', '--cap-add', 'SYS_TIME', './rootfs', 'true'];
  const words = ['--bounding-set', '-sys_time', '--inh-caps', '-sys_time', cli.executable, ...command];
  const { exitCode, stderr } = await execa('setpriv', words, cli.options);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 125,
    stderr: expect.stringContaining(
      '--cap-add: backend "native" cannot honour it: who starts sc has no CAP_SYS_TIME; expected',
    ),
  });
});

/** Where the host's control groups have no list of devices: only the tree of v2, which asks a program. */
const inV2 = (...args: string[]) => {
  const script = 'while umount /sys/fs/cgroup/devices; do :; done 2>/dev/null; exec "$@"';
  const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', cli.executable];
  return execa('unshare', [...words, 'run', '--rm', ...args], cli.options);
};

describe.each([
  ['as the host has its control groups', run],
  ['with cgroup v2', inV2],
])('devices, %s,', (_, start) => {
  const sh = (script: string, ...flags: string[]) => start(...flags, './rootfs', 'sh', '-c', script);
  const node = 'mknod /dev/disk b 7 0 && echo made; true </dev/disk && echo opened';

  test('are those of the flags, used as they say', async () => {
    const flags = ['--device', '/dev/kmsg:w', '--device', '/dev/loop0:/dev/own/disk:r'];
    const script =
      'true >/dev/kmsg && true </dev/own/disk && echo used; true </dev/kmsg; true >/dev/own/disk';
    const { stdout, stderr } = await sh(script, ...flags);
    expect(stdout).toBe('used\n');
    expect(stderr.match(/Operation not permitted/g)).toHaveLength(2);
  });

  test('that the container makes itself open nothing that is not among them', async () => {
    const flags = ['--cap-add', 'MKNOD'];
    const denied = await sh(node, ...flags);
    expect(denied.stdout).toBe('made\n');
    expect(denied.stderr).toContain('Operation not permitted');
    expect((await sh(node, ...flags, '--device', '/dev/loop0:r')).stdout).toBe('made\nopened\n');
    expect((await sh(node, '--cap-add', 'ALL')).stdout).toBe('made\n');
  });

  test('that every container has can be used', async () => {
    const script =
      'for d in null zero full random urandom; do head -c 0 /dev/$d && echo $d; done; true 3<>/dev/ptmx && echo ptmx';
    expect((await sh(script)).stdout).toBe('null\nzero\nfull\nrandom\nurandom\nptmx\n');
  });
});

describe('a device that cannot be given', () => {
  test.each([
    ['/dev/nothing', 'sc: device "/dev/nothing": ENOENT'],
    ['/etc/passwd:/dev/x', 'sc: device "/etc/passwd": it is no device'],
    ['/dev/fuse:/etc/fuse', '--device: "/etc/fuse" is not below /dev'],
    ['/dev/fuse:/dev/null', '--device: "/dev/null" is there in every container'],
    ['/dev/fuse:/dev/fuse:rx', '--device: found "/dev/fuse:/dev/fuse:rx"; expected SOURCE'],
  ])('--device %s starts nothing', async (text, part) => {
    const { exitCode, stderr } = await run('--device', text, './rootfs', 'true');
    expect({ exitCode, stderr }).toEqual({ exitCode: 125, stderr: expect.stringContaining(part) });
  });

  test('is told by its place in the file', async () => {
    const devices = 'security: { devices: [{ path: /dev/x, source: /dev/nothing }, { path: /dev/gone }] }\n';
    cli.write('a.yaml', job('devices', ['true'], devices));
    const { exitCode, stderr } = await cli.sc('apply', 'a.yaml');
    expect(exitCode).toBe(1);
    expect(stderr).toContain('a.yaml:6:47: security.devices[0].source: "/dev/nothing" does not exist');
    expect(stderr).toContain('security.devices[1].path: "/dev/gone" does not exist');
  });
});
