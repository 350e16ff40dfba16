import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidFileError } from '../../src/errors/problem.ts';
import { flagOf } from '../../src/operations/flag-names.ts';
import { runDocument } from '../../src/operations/run-document.ts';
import type { RunFlags } from '../../src/operations/run-flags.ts';
import type { Job } from '../../src/schema/container-file.ts';

const none: RunFlags & { name: string } = {
  name: 'test',
  interactive: false,
  tty: false,
  rm: false,
  detach: false,
  'read-only': false,
};

type Flags = Partial<RunFlags & { name: string }>;

const terminal: Flags = { interactive: true, tty: true };

function job(flags: Flags, words = ['host', 'true'], environment = {}): Job {
  const document = runDocument({ ...none, ...flags }, words, environment);
  if (document.value.kind !== 'Job' || 'steps' in document.value) throw new Error('not one Job');
  return document.value;
}

function problems(flags: Flags, words = ['host', 'true']) {
  try {
    job(flags, words);
    return [];
  } catch (error) {
    if (error instanceof InvalidFileError) return error.problems.map(({ path }) => flagOf(path, flags));
    throw error;
  }
}

test.each([
  ['no', { policy: 'never' }],
  ['always', { policy: 'always' }],
  ['unless-stopped', { policy: 'unless-stopped' }],
  ['on-failure', { policy: 'on-failure' }],
  ['on-failure:5', { policy: 'on-failure', maxRetries: 5 }],
  ['on-failure:0', { policy: 'on-failure' }],
])('--restart %s is the policy of a container in the background', (restart, policy) => {
  const { value } = runDocument({ ...none, detach: true, restart }, ['host', 'true'], {});
  expect(value).toMatchObject({ kind: 'Container', monitor: { restart: policy } });
});

test('flags of health are the check of a container in the background', () => {
  const flags = {
    'health-cmd': 'curl -f http://localhost/ || exit 1',
    'health-interval': '10',
    'health-timeout': '1m30s',
    'health-retries': '5',
    'health-start-period': '1m',
    'health-start-interval': '500ms',
  };
  const { value } = runDocument({ ...none, detach: true, ...flags }, ['host', 'true'], {});
  expect(value).toMatchObject({
    monitor: {
      health: {
        args: ['/bin/sh', '-c', 'curl -f http://localhost/ || exit 1'],
        interval: '10s',
        timeout: '1m30s',
        retries: 5,
        startPeriod: '1m',
        startInterval: '500ms',
      },
    },
  });
});

describe('flags become the file that says the same', () => {
  test('without any', () => {
    expect(job({})).toMatchObject({
      kind: 'Job',
      metadata: { name: 'test' },
      image: 'host',
      process: { args: ['true'] },
    });
  });

  test.each<[Flags, object]>([
    [{ interactive: true, tty: true }, { terminal: { tty: true, stdin: true } }],
    [{ 'read-only': true }, { rootfs: { readOnly: true } }],
    [{ memory: '512m' }, { resources: { memory: '512Mi' } }],
    [{ memory: '1.5G', 'memory-swap': '-1' }, { resources: { memory: '1.5Gi', memorySwap: 'unlimited' } }],
    [{ memory: '10485760' }, { resources: { memory: '10485760B' } }],
    [{ memory: '64Mi' }, { resources: { memory: '64Mi' } }],
    [{ 'pids-limit': '-1' }, { resources: { pids: 'unlimited' } }],
    [{ 'pids-limit': '10' }, { resources: { pids: 10 } }],
    [{ cpus: '1.5' }, { resources: { cpus: 1.5 } }],
    [
      { ulimit: ['nofile=1024:2048', 'cpu=5', 'fsize=-1', 'core=0'] },
      {
        resources: {
          rlimits: {
            nofile: { soft: 1024, hard: 2048 },
            cpu: { soft: '5s', hard: '5s' },
            fsize: { soft: 'unlimited', hard: 'unlimited' },
            core: { soft: '0B', hard: '0B' },
          },
        },
      },
    ],
    [
      { 'memory-reservation': '32m', 'shm-size': '1g', 'oom-score-adj': '-500' },
      { resources: { memoryReservation: '32Mi', shm: '1Gi', oomScoreAdjust: -500 } },
    ],
    [{ 'cpu-shares': '2048' }, { resources: { cpuWeight: 200 } }],
    [{ 'cpu-shares': '2' }, { resources: { cpuWeight: 1 } }],
    [
      { 'cpuset-cpus': '0-3,7', 'cpuset-mems': '0' },
      { resources: { cpuset: { cpus: '0-3,7', memoryNodes: '0' } } },
    ],
    [
      {
        'blkio-weight': '300',
        'blkio-weight-device': ['/dev/a:b:500'],
        'device-read-bps': ['/dev/sda:1mb', '/dev/a:b:2k'],
        'device-write-iops': ['/dev/sda:100'],
      },
      {
        resources: {
          io: {
            weight: 300,
            devices: [
              { path: '/dev/a:b', weight: 500, readRate: '2Ki' },
              { path: '/dev/sda', readRate: '1Mi', writeOperations: 100 },
            ],
          },
        },
      },
    ],
    [
      { 'stop-signal': 'sigint', 'stop-timeout': '3' },
      { signals: { stopSignal: 'SIGINT', stopTimeout: '3s' } },
    ],
    [{ init: true }, { monitor: { init: true } }],
    [{ init: false }, {}],
    [{ timeout: '90' }, { monitor: { timeout: '90s' } }],
    [{ timeout: '1h30m' }, { monitor: { timeout: '1h30m' } }],
    [{ 'stop-timeout': '-1' }, { signals: { stopTimeout: 'forever' } }],
    [
      { volume: ['/a:/b', './c:/d:ro'] },
      {
        mounts: [
          { bind: '/a', target: '/b' },
          { bind: './c', target: '/d', readOnly: true },
        ],
      },
    ],
    [
      { tmpfs: ['/t', '/u:size=1m,mode=700,ro'] },
      {
        mounts: [
          { tmpfs: true, target: '/t' },
          { tmpfs: true, target: '/u', size: '1Mi', mode: '700', readOnly: true },
        ],
      },
    ],
    [
      { 'cap-add': ['net_raw'], 'cap-drop': ['all'] },
      { security: { capabilities: { add: ['NET_RAW'], drop: ['ALL'] } } },
    ],
    [
      { 'security-opt': ['no-new-privileges=false', 'seccomp:unconfined'] },
      { security: { noNewPrivileges: false, seccomp: 'unconfined' } },
    ],
    [{ 'security-opt': ['no-new-privileges'] }, { security: { noNewPrivileges: true } }],
    [{ label: ['a=b=c', 'empty'] }, { labels: { a: 'b=c', empty: '' } }],
    [
      { user: '1000:1000', workdir: '/w', umask: '077' },
      { process: { user: '1000:1000', cwd: '/w', umask: '077' } },
    ],
    [
      {
        domainname: 'example',
        dns: ['9.9.9.9'],
        'dns-search': ['example.org'],
        'dns-option': ['ndots:2'],
        'add-host': ['db:10.0.0.7', 'six:[fd00::7]', 'seven=fd00::8'],
      },
      {
        network: {
          domainName: 'example',
          dns: { servers: ['9.9.9.9'], search: ['example.org'], options: ['ndots:2'] },
          hosts: { db: '10.0.0.7', six: 'fd00::7', seven: 'fd00::8' },
        },
      },
    ],
    [
      { secret: ['key,source=key.txt', 'db,source=/etc/db,target=/srv/db,mode=0440'] },
      {
        security: {
          secrets: [
            { name: 'key', source: './key.txt' },
            { name: 'db', source: '/etc/db', target: '/srv/db', mode: '0440' },
          ],
        },
      },
    ],
    [{ 'group-add': ['video', '44'] }, { process: { additionalGroups: ['video', '44'] } }],
    [{ hostname: 'box', network: ['none'] }, { network: { hostname: 'box', mode: 'none' } }],
    [
      { network: ['left', 'right'], ip: '10.89.0.7', ip6: 'fd00::7', 'mac-address': '02:00:00:00:00:07' },
      {
        network: {
          networks: [
            { name: 'left', addresses: ['10.89.0.7', 'fd00::7'], mac: '02:00:00:00:00:07' },
            { name: 'right' },
          ],
        },
      },
    ],
    [{ ip: '10.200.0.7' }, { network: { networks: [{ name: 'bridge', addresses: ['10.200.0.7'] }] } }],
    [
      { volume: ['/a:/b:ro,rslave,noexec', '/c:/d:rw,exec'] },
      {
        mounts: [
          { bind: '/a', target: '/b', readOnly: true, propagation: 'rslave', exec: false },
          { bind: '/c', target: '/d', exec: true },
        ],
      },
    ],
    [
      { tmpfs: ['/t:rw,nosuid,nodev,exec,nr_inodes=100,size=64k,mode=0700'] },
      { mounts: [{ tmpfs: true, target: '/t', exec: true, inodes: 100, size: '64Ki', mode: '0700' }] },
    ],
    [
      {
        mount: [
          'type=bind,source=/a,target=/b,readonly,bind-propagation=rshared,if-missing=create',
          'type=bind,"src=/with,comma ""quoted""",dst=/c,ro=false,subpath=x/y',
          'type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1700,tmpfs-inodes=5,exec=true',
        ],
      },
      {
        mounts: [
          {
            ...{ bind: '/a', target: '/b', readOnly: true },
            ...{ propagation: 'rshared', ifMissing: 'create' },
          },
          { bind: '/with,comma "quoted"', target: '/c', readOnly: false, subpath: 'x/y' },
          { tmpfs: true, target: '/t', size: '1Mi', mode: '1700', inodes: 5, exec: true },
        ],
      },
    ],
    [{ mount: ['src=data,target=/d'] }, { mounts: [{ volume: 'data', target: '/d', ifMissing: 'create' }] }],
    [
      { volume: ['/a', 'data:/d:nocopy,ro'], mount: ['type=volume,dst=/e,volume-nocopy'] },
      {
        mounts: [
          { volume: true, target: '/a' },
          { volume: 'data', target: '/d', ifMissing: 'create', copy: false, readOnly: true },
          { volume: true, target: '/e', copy: false },
        ],
      },
    ],
  ])('%j', (flags, file) => {
    expect(job(flags)).toMatchObject(file);
  });

  test('--env takes a value, or the value of the caller where there is one', () => {
    const { environment } = job({ env: ['A=1', 'B=', 'HERE', 'NOT_HERE', 'A=2'] }, undefined, {
      HERE: 'yes',
    });
    expect(environment).toEqual({ A: '2', B: '', HERE: 'yes' });
  });

  test('--entrypoint stands before the words, and empty drops that of the image', () => {
    expect(job({ entrypoint: 'sh' }, ['host', '-c', 'ls']).process).toEqual({
      entrypoint: ['sh'],
      args: ['-c', 'ls'],
    });
    expect(job({ entrypoint: 'sh' }, ['host']).process).toEqual({ entrypoint: ['sh'] });
    expect(job({ entrypoint: '' }).process).toEqual({ entrypoint: [], args: ['true'] });
  });
});

describe('what is wrong is told by the flag', () => {
  test.each<[Flags, string]>([
    [{ memory: 'lots' }, '--memory'],
    [{ 'memory-swap': '1g' }, '--memory-swap'],
    [{ 'pids-limit': 'x' }, '--pids-limit'],
    [{ 'memory-reservation': '1x' }, '--memory-reservation'],
    [{ 'shm-size': '0' }, '--shm-size'],
    [{ 'oom-score-adj': '1001' }, '--oom-score-adj'],
    [{ 'cpuset-cpus': '1-0' }, '--cpuset-cpus'],
    [{ 'cpuset-mems': 'all' }, '--cpuset-mems'],
    [{ 'device-read-bps': ['/dev/sda:0'] }, '--device-read-bps and its like'],
    [{ 'device-read-iops': ['sda:5'] }, '--device-read-bps and its like'],
    [{ user: '4294967296' }, '--user'],
    [{ user: '-1' }, '--user'],
    [{ user: '0x0' }, '--user'],
    [{ umask: '9' }, '--umask'],
    [{ workdir: 'relative' }, '--workdir'],
    [{ ulimit: ['files=3'] }, '--ulimit'],
    [{ ulimit: ['nofile=3:2'] }, '--ulimit'],
    [{ 'cap-add': ['FLY'] }, '--cap-add'],
    [{ 'cap-add': ['CHOWN'], 'cap-drop': ['CHOWN'] }, '--cap-add and --cap-drop'],
    [{ 'stop-signal': 'SIGFOO' }, '--stop-signal'],
    [{ 'stop-timeout': 'soon' }, '--stop-timeout'],
    [{ timeout: '1 day' }, '--timeout'],
    [{ timeout: '0' }, '--timeout'],
    [{ name: 'a' }, '--name'],
    [{ hostname: 'a b' }, '--hostname'],
    [{ domainname: 'a\nb' }, '--domainname'],
    [{ dns: ['9.9.9.9\nnameserver 6.6.6.6'] }, '--dns'],
    [{ dns: ['example.org'] }, '--dns'],
    [{ 'dns-search': ['a b'] }, '--dns-search'],
    [{ 'dns-option': ['ndots:2\n'] }, '--dns-option'],
    [{ 'add-host': ['db:10.0.0.7\n6.6.6.6 other'] }, '--add-host'],
    [{ 'add-host': ['db\n:10.0.0.7'] }, '--add-host'],
    [{ 'group-add': ['-1'] }, '--group-add'],
    [{ secret: ['key,source=a,mode=9'] }, '--secret'],
    [{ secret: ['a b,source=a'] }, '--secret'],
    [{ secret: ['key,source=a,target=b'] }, '--secret'],
    [{ env: ['=x'] }, '--env'],
    [{ volume: ['/a:relative'] }, '--volume'],
    [{ volume: ['/a:/b'], mount: ['type=tmpfs,target=relative'] }, '--mount'],
    [{ volume: ['/a:/b'], tmpfs: ['/c:mode=9'] }, '--tmpfs'],
    [{ tmpfs: ['/c:nr_inodes=many'] }, '--tmpfs'],
    [{ detach: true, 'health-interval': '1s' }, '--health-cmd'],
  ])('%j', (flags, flag) => {
    expect(problems(flags)).toEqual([flag]);
  });

  test('a program is needed', () => {
    expect(problems({}, ['host'])).toEqual(['ARG']);
    expect(problems({}, ['host', ''])).toEqual(['ARG']);
  });

  test.each<[Flags, string]>([
    [{ volume: ['a'] }, '--volume: found "a"'],
    [{ volume: ['/a:/b:rx'] }, '--volume: found "/a:/b:rx"'],
    [{ tmpfs: ['/t:wide'] }, '--tmpfs: found "/t:wide"'],
    [{ volume: ['/a:/b:z'] }, '--volume: found "/a:/b:z"'],
    [{ mount: ['type=bind,source=/a'] }, '--mount: found "type=bind,source=/a"; expected target=PATH'],
    [{ mount: ['type=bind,target=/a'] }, 'expected source= in it'],
    [{ mount: ['type=tmpfs,source=/a,target=/a'] }, 'expected no source'],
    [{ mount: ['type=nfs,source=/a,target=/a'] }, 'expected type=bind'],
    [{ mount: ['type=bind,source=/a,target=/a,bind-nonrecursive'] }, 'expected no key but type'],
    [{ mount: ['type=bind,source=/a,target=/a,readonly=yes'] }, 'expected another value of readonly'],
    [{ mount: ['type=bind,source=/a,target=/a,bind-propagation=up'] }, 'of bind-propagation'],
    [{ ulimit: ['nofile'] }, '--ulimit: found "nofile"'],
    [{ ulimit: ['nofile=1', 'nofile=2'] }, '--ulimit: found "nofile=2"; expected one limit for "nofile"'],
    [{ secret: ['key'] }, '--secret: found "key"; expected NAME,source=FILE'],
    [{ secret: ['key,source=a,source=b'] }, '--secret: found'],
    [{ secret: ['key,source=a,uid=0'] }, '--secret: found'],
    [{ secret: ['source=a'] }, '--secret: found'],
    [{ 'add-host': ['db'] }, '--add-host: found "db"; expected NAME:ADDRESS'],
    [{ 'add-host': ['db:1.1.1.1', 'db:1.1.1.2'] }, 'expected one address for "db"'],
    [{ 'cpu-shares': '1' }, '--cpu-shares: found "1"; expected a number from 2 to 102400'],
    [{ 'cpu-shares': '262144' }, '--cpu-shares: found "262144"'],
    [{ 'blkio-weight': '9' }, '--blkio-weight: found "9"; expected a number from 10 to 1000'],
    [{ 'blkio-weight-device': ['/dev/sda:1001'] }, '--blkio-weight-device: found "1001"'],
    [{ 'device-write-bps': ['/dev/sda'] }, '--device-write-bps: found "/dev/sda"; expected PATH:VALUE'],
    [
      { 'device-write-bps': ['/dev/sda:1m', '/dev/sda:2m'] },
      '--device-write-bps: found "/dev/sda:2m"; expected one value for "/dev/sda"',
    ],
    [{ 'security-opt': ['label=x'] }, '--security-opt: found "label=x"'],
    [{ detach: true, restart: 'always:3' }, '--restart: found "always:3"; expected always without a number'],
    [{ restart: 'always' }, '--restart: a container in the foreground ends with sc'],
    [{ detach: true, rm: true, restart: 'on-failure' }, '--restart: with --rm nothing would be left'],
    [{ 'health-cmd': 'true' }, '--health-cmd: a container in the foreground is not checked'],
    [
      { detach: true, 'no-healthcheck': true, 'health-cmd': 'true' },
      '--health-cmd: with --no-healthcheck nothing is checked',
    ],
    [{ detach: true, record: 'strict.yaml' }, '--record: what runs in the background is not watched'],
    [{ 'detach-keys': 'ctrl-a' }, '--detach-keys: keys are typed at a terminal'],
    [{ 'detach-keys': '', tty: true }, '--detach-keys: keys are typed at a terminal'],
    [{ 'detach-keys': 'ctrl-a', detach: true, interactive: true }, '--detach-keys: keys are typed at'],
    [
      { ...terminal, 'detach-keys': 'ctrl-a', record: 'strict.yaml' },
      '--detach-keys: what is recorded cannot be left',
    ],
    [{ 'log-driver': 'file' }, '--log-driver: what a container in the foreground writes is not kept'],
    [{ 'log-driver': 'file', tty: true }, '--log-driver: what a container in the foreground writes'],
    [{ 'log-opt': ['max-size=1m'] }, '--log-opt: what a container in the foreground writes is not kept'],
    [{ ...terminal, 'log-opt': ['max-file=2'], 'detach-keys': '' }, '--log-opt: what a container in the'],
    [{ ...terminal, 'log-driver': 'file', record: 'strict.yaml' }, '--log-driver: what a container in the'],
    [
      { detach: true, 'log-driver': 'none', 'log-opt': ['order=strict', 'max-size=1m'] },
      '--log-opt: with --log-driver none nothing is kept',
    ],
  ])('%j', (flags, message) => {
    expect(() => job(flags)).toThrow(message);
  });

  test.each<Flags>([
    { 'log-driver': 'none' },
    { ...terminal, 'detach-keys': 'ctrl-a', 'log-driver': 'file', 'log-opt': ['max-size=1m'] },
    { ...terminal, 'log-driver': 'none', 'log-opt': ['order=strict'] },
    { ...terminal, 'detach-keys': '', record: 'strict.yaml' },
  ])('but not %j, with which all has its effect or is as it is anyway', (flags) => {
    expect(() => job(flags)).not.toThrow();
    expect(() =>
      runDocument({ ...none, ...flags, record: undefined, detach: true }, ['host', 'true'], {}),
    ).not.toThrow();
  });
});

test('any word of a command line arrives as it is', () => {
  const word = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 30 })
    .filter((text) => !text.includes('\0'));
  const wild = fc.oneof(
    word,
    fc.constantFrom(
      '\u0024{HOME}',
      '$\u0024{A}',
      '$',
      '012',
      '1:30',
      'yes',
      'null',
      '- a',
      '# no',
      '\t',
      '\u2028',
      '\x7f',
      '\u0085',
      '\ufeff',
    ),
  );
  fc.assert(
    fc.property(fc.array(wild, { minLength: 1, maxLength: 5 }), wild, (args, value) => {
      const read = job({ env: [`VALUE=${value}`] }, ['host', ...args]);
      expect(read.process?.args).toEqual(args);
      expect(read.environment).toEqual({ VALUE: value });
    }),
  );
});
