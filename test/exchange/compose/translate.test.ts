// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of a compose file look like this.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandVariables } from '../../../src/document/variables.ts';
import { InvalidFileError } from '../../../src/errors/problem.ts';
import { readDotenv } from '../../../src/exchange/compose/dotenv.ts';
import { Interpolation } from '../../../src/exchange/compose/interpolation.ts';
import { translateCompose } from '../../../src/exchange/compose/translate.ts';

interface Beside {
  files?: { [path: string]: string };
  environment?: { [name: string]: string };
  profiles?: string[];
}

function translate(text: string, { files = {}, environment = {}, profiles = [] }: Beside = {}) {
  return translateCompose(text, profiles, {
    file: 'compose.yaml',
    directoryName: 'my shop',
    environment,
    readFile: (path) => files[path],
  });
}

/** What the one service of a file becomes, whose keys are given. */
function service(keys: string, beside?: Beside) {
  const lines = keys.split('\n').map((line) => `    ${line}`);
  const { documents, notes } = translate(
    `services:\n  web:\n    image: nginx\n${lines.join('\n')}\n`,
    beside,
  );
  const container = documents.find(({ metadata }) => metadata.name === 'web') as unknown as Record<
    string,
    unknown
  >;
  return {
    container,
    documents,
    notes: notes.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`),
  };
}

/** The problems of a file, as they are told. */
function problems(text: string, beside?: Beside): string[] {
  try {
    translate(text, beside);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidFileError)) throw error;
    return error.problems.map(
      ({ line, column, path, message, expected }) =>
        `${line}:${column}: ${path}: ${message}${expected === undefined ? '' : `; expected ${expected}`}`,
    );
  }
}

describe('a field of a service', () => {
  test.each([
    ['command: sh -c "a b" \'$$c\'', 'process', { args: ['sh', '-c', 'a b', '$c'] }],
    ['entrypoint: []\ncommand: [a, "b c"]', 'process', { args: ['a', 'b c'], entrypoint: [] }],
    ['user: 1000:1000\nworking_dir: /srv', 'process', { user: '1000:1000', cwd: '/srv' }],
    ['environment: [A=b=c, D]', 'environment', { A: 'b=c', D: '${D}' }],
    ['environment: { A: 1.10, B: true, C: null }', 'environment', { A: '1.10', B: 'true', C: '${C}' }],
    ['read_only: yes', 'rootfs', { readOnly: true }],
    ['network_mode: none', 'network', { mode: 'none' }],
    ['network_mode: "service:db"', 'network', { mode: 'container:db' }],
    ['pid: host\nipc: shareable', 'namespaces', { pid: 'host', ipc: 'private' }],
    ['mem_limit: 1.5g\nmemswap_limit: -1', 'resources', { memory: '1536Mi', memorySwap: 'unlimited' }],
    ['cpu_shares: 2048\ncpuset: 0-1', 'resources', { cpuWeight: 200, cpuset: { cpus: '0-1' } }],
    ['pids_limit: -1', 'resources', { pids: 'unlimited' }],
    [
      'ulimits: { nproc: 65535, cpu: 60, core: -1 }',
      'resources',
      { rlimits: { nproc: 65535, cpu: '60s', core: 'unlimited' } },
    ],
    ['deploy: { replicas: 3 }', 'replicas', 3],
    ['deploy: { replicas: 3 }\nscale: 2', 'replicas', 2],
    ['scale: 1', 'replicas', undefined],
    ['restart: always', 'monitor', { restart: { policy: 'always' } }],
    ['restart: on-failure:3', 'monitor', { restart: { policy: 'on-failure', maxRetries: 3 } }],
    ['healthcheck: { test: [NONE] }', 'monitor', { health: { disable: true } }],
    ['healthcheck: { disable: true }', 'monitor', { health: { disable: true } }],
    [
      'healthcheck: { test: [CMD, true], interval: 1.5m, start_interval: 250ms, retries: 2 }',
      'monitor',
      { health: { args: ['true'], interval: '1m30s', startInterval: '250ms', retries: 2 } },
    ],
    ['logging: { driver: none }', 'logging', { driver: 'none' }],
    ['stop_signal: SIGQUIT\nstop_grace_period: 2m', 'signals', { stopSignal: 'SIGQUIT', stopTimeout: '2m' }],
    [
      'devices: ["/dev/a:/dev/b:rwm", /dev/fuse]',
      'security',
      { devices: [{ path: '/dev/b', source: '/dev/a', access: 'rwm' }, { path: '/dev/fuse' }] },
    ],
    [
      'security_opt: ["seccomp:./s.json", "apparmor=web"]',
      'security',
      { seccomp: './s.json', apparmor: 'web' },
    ],
    ['volumes: [/data]', 'mounts', [{ volume: true, target: '/data' }]],
    ['volumes: ["~/a:/a"]', 'mounts', [{ bind: '${HOME}/a', ifMissing: 'create', target: '/a' }]],
    [
      'volumes: ["${DIR:-./d}:/d:ro"]',
      'mounts',
      [{ bind: '${DIR:-./d}', ifMissing: 'create', target: '/d', readOnly: true }],
    ],
    [
      'volumes: [{ type: bind, source: a, target: /a, bind: { create_host_path: false } }]',
      'mounts',
      [{ bind: './a', target: '/a' }],
    ],
    [
      'tmpfs: /run:size=1m,mode=755,uid=5',
      'mounts',
      [{ tmpfs: true, target: '/run', size: '1Mi', mode: '0755', owner: '5:0' }],
    ],
  ])('%s', (keys, heading, expected) => {
    const { container, notes } = service(keys);
    expect(container[heading]).toEqual(expected);
    expect(notes).toEqual([]);
  });

  test('ports are those of the container file, the long ones in short', () => {
    const { container } = service(
      'ports: [80, "127.0.0.1::53/udp", { target: 80, published: "8000-8010", protocol: udp }, { target: 1, host_ip: "::1" }]',
    );
    expect(container.network).toEqual({
      mode: 'myshop_default',
      ports: ['80', '127.0.0.1::53/udp', '8000-8010:80/udp', '[::1]::1'],
    });
  });
});

test('a network with names, addresses or others beside it is one of a list', () => {
  const { documents } = translate(
    'services: { web: { image: i, networks: { n: { aliases: [www], ipv4_address: 10.1.2.3 }, m: } } }\nnetworks: { n: , m: }',
  );
  expect(documents.at(-1)).toMatchObject({
    network: {
      networks: [{ name: 'myshop_n', addresses: ['10.1.2.3'], aliases: ['www'] }, { name: 'myshop_m' }],
    },
  });
});

describe('what has no counterpart is named where it stands', () => {
  test.each([
    [
      'build: .',
      '4:12: services.web.build: nothing is built by this file: the image "nginx" has to be there',
    ],
    ['platform: linux/arm64', '4:15: services.web.platform: an image is chosen when it is taken in'],
    [
      'deploy: { mode: global-job, replicas: 2 }',
      '4:43: services.web.deploy.replicas: a Job is one container, and runs once',
    ],
    ['volumes: ["./a:/a:z"]', '4:15: services.web.volumes[0]: "z" gives files an SELinux label'],
    [
      'extra_hosts: { gate: host-gateway }',
      '4:26: services.web.extra_hosts.gate: "host-gateway" has no counterpart',
    ],
    [
      'network_mode: host\nports: ["80:80"]',
      '5:5: services.web.ports: ports are not published where the network is "host"',
    ],
    ['frobnicate: 1', '4:17: services.web.frobnicate: "frobnicate" has no counterpart'],
    ['mem_limit: ${M}', '4:16: services.web.mem_limit: variable "M" is not set'],
  ])('%s', (keys, note) => {
    try {
      expect(service(keys).notes).toEqual([expect.stringContaining(note)]);
    } catch (error) {
      // A size of nothing is a problem beside.
      if (!(error instanceof InvalidFileError)) throw error;
      expect(keys).toContain('mem_limit');
    }
  });

  test('what is the user’s own is left alone', () => {
    expect(service('x-mine: { any: thing }').notes).toEqual([]);
  });
});

describe('what is wrong is told all at once, with line and column', () => {
  test.each([
    ['', '1:1: : there is no service'],
    ['services: []', '1:1: services: found a list; expected a map'],
    ['services:\n  web: { image: "a', '2:19: : Missing closing'],
    ['services:\n  web: nginx', '2:8: services.web: found "nginx"; expected a map'],
    ['services: { web: {} }', '1:13: services.web: found a service without "image" and "build"'],
    [
      'services: { w: { image: a, restart: often } }',
      '1:37: services.w.restart: found "often"; expected no, always',
    ],
    [
      'services: { w: { image: a, mem_limit: much } }',
      '1:39: services.w.mem_limit: found "much"; expected a size',
    ],
    ['services: { w: { image: a, volumes: [data:/d] } }', 'volume "data" is not declared'],
    ['services: { w: { image: a, networks: [n] } }', 'network "n" is not declared'],
    ['services: { w: { image: a, secrets: [s] } }', '"s" is not declared in "secrets"'],
    ['services: { w: { image: a, env_file: no.env } }', 'there is no file "no.env"'],
    ['services: { w: { image: a, extends: x } }', 'there is no service "x"'],
    ['services: { w: { image: a, extends: w } }', 'service "w" extends itself'],
    ['services: { w: { image: a, ulimits: { files: 1 } } }', 'unknown limit "files"'],
  ])('%s', (text, expected) => {
    expect(problems(text).join('\n')).toContain(expected);
  });

  test('several in one file', () => {
    const text = 'services:\n  a: { image: x, restart: often }\n  b: { image: x, shm_size: big }\n';
    expect(problems(text).map((problem) => problem.split(':')[0])).toEqual(['2', '3']);
  });

  test('an alias that blows up is refused', () => {
    const levels = [
      'a: &a [x]',
      ...'bcdefghi'.split('').map((name, at) => {
        const before = 'abcdefgh'[at];
        return `${name}: &${name} [${Array(10).fill(`*${before}`).join(', ')}]`;
      }),
    ];
    expect(
      problems(`x-bomb:\n${levels.map((line) => `  ${line}`).join('\n')}\nservices: { w: { image: a } }`),
    ).toEqual([expect.stringContaining('too large')]);
  });
});

describe('services', () => {
  test('one for whose end others wait is a Job, which is not started again', () => {
    const { documents, notes } = translate(
      'services:\n  go: { image: a, restart: always }\n  web: { image: b, depends_on: { go: { condition: service_completed_successfully } } }',
    );
    expect(documents.map(({ kind }) => kind)).toEqual(['Network', 'Job', 'Container']);
    expect(documents[2]).toMatchObject({ dependsOn: ['go'] });
    expect(notes.map(({ message }) => message)).toEqual(['a Job is not started again']);
  });

  test('a condition is said where it is not the usual one of what it is about', () => {
    const { documents } = translate(`services:
  db: { image: a, healthcheck: { test: "true" } }
  one: { image: b, depends_on: [db] }
  two: { image: b, depends_on: { db: { condition: service_healthy } } }`);
    expect(documents[2]).toMatchObject({ dependsOn: [{ name: 'db', condition: 'started' }] });
    expect(documents[3]).toMatchObject({ dependsOn: ['db'] });
  });

  test('who shares the network of another comes after it', () => {
    const { documents } = translate(
      'services:\n  app: { image: a }\n  side: { image: b, network_mode: "service:app" }',
    );
    expect(documents[2]).toMatchObject({ dependsOn: ['app'], network: { mode: 'container:app' } });
  });

  test('those of a profile come over when it is asked for', () => {
    const text = 'services:\n  a1: { image: a }\n  b1: { image: b, profiles: [x] }';
    const names = (profiles: string[]) =>
      translate(text, { profiles }).documents.map(({ metadata }) => metadata.name);
    expect(names([])).toEqual(['myshop_default', 'a1']);
    expect(names(['x'])).toEqual(['myshop_default', 'a1', 'b1']);
  });

  test('what is extended is merged: maps by key, lists one behind the other, commands whole', () => {
    const { container } = service(
      'extends: { file: base.yaml, service: base }\nenvironment: { A: own }\ncap_add: [SYS_TIME]\ncommand: [own]',
      {
        files: {
          'base.yaml':
            'services:\n  base:\n    environment: [A=base, B=base]\n    cap_add: [NET_RAW]\n    command: [base]\n    user: u',
        },
      },
    );
    expect(container).toMatchObject({
      environment: { A: 'own', B: 'base' },
      security: { capabilities: { add: ['NET_RAW', 'SYS_TIME'] } },
      process: { args: ['own'], user: 'u' },
    });
  });

  test('merge keys: the first goes before the others, and what stands beside before all', () => {
    const { documents } = translate(`x-a: &a { hostname: a, user: a, stop_signal: SIGHUP }
x-b: &b { hostname: b, user: b, domainname: b }
services: { web: { <<: [*a, *b], user: own, image: i } }`);
    expect(documents[1]).toMatchObject({
      process: { user: 'own' },
      network: { hostname: 'a', domainName: 'b' },
      signals: { stopSignal: 'SIGHUP' },
    });
  });

  test('volumes and networks have the names that compose gives them, and those of elsewhere no document', () => {
    const { documents, notes } = translate(`name: p
services: { web: { image: i, volumes: ["v:/v", "w:/w", "x:/x"], networks: [n] } }
volumes: { v: , w: { name: own }, x: { external: true } }
networks: { n: { external: true, name: far } }`);
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Volume p_v',
      'Volume own',
      'Container web',
    ]);
    expect(documents[2]).toMatchObject({ network: { mode: 'far' } });
    expect(notes.map(({ path }) => path)).toEqual(['volumes.x', 'networks.n']);
  });
});

describe('variables', () => {
  const kept = (text: string, dotenv: [string, string][] = [], environment = {}) =>
    new Interpolation({ environment, dotenv: new Map(dotenv) }).kept(text, () => {});

  test.each([
    ['$A ${A}', '${A} ${A}'],
    ['${A:-x y}', '${A:-x y}'],
    ['${A-x}', '${A:-x}'],
    ['${A:?said}', '${A}'],
    ['$${A} $$A $5', '$${A} $A $5'],
    ['${A:-${B:-c}}', 'c'],
    ['${A:+x}', ''],
    ['${not closed', '$${not closed'],
  ])('%s becomes %s', (text, expected) => {
    expect(kept(text)).toBe(expected);
  });

  test('what .env says is the default', () => {
    expect(kept('${A} ${A:-x}', [['A', 'v']])).toBe('${A:-v} ${A:-v}');
    expect(kept('${A:+x}', [['A', 'v']])).toBe('x');
  });

  test('a container file makes of what is kept what compose makes of the text', () => {
    const name = fc.constantFrom('A', 'B', 'C');
    const literal = fc.string({ unit: fc.constantFrom('a', '$$', '{', '}', ' ', ':', '-') });
    const part = fc.oneof(
      literal,
      name.map((text) => `\${${text}}`),
      fc
        .tuple(name, fc.string({ unit: fc.constantFrom('a', ' ', ':', '/') }))
        .map(([text, rest]) => `\${${text}:-${rest}}`),
    );
    const values = fc.dictionary(
      name,
      fc.string({ unit: fc.constantFrom('v', '$', ' ', '/'), minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(part), values, values, (parts, environment, inFile) => {
        const text = parts.join('');
        const dotenv = new Map(Object.entries(inFile));
        const own = new Interpolation({ environment, dotenv });
        const carried = expandVariables(
          own.kept(text, () => {}),
          { environment, set: {} },
        );
        // Those without any value are refused by a container file.
        if (carried.complaints.length > 0) return;
        expect(carried.text).toBe(own.now(text, () => {}));
      }),
    );
  });

  test('a file of variables is read with quotes, comments, escapes and those before', () => {
    const values = readDotenv(
      `# one\nA=1 # two\nexport B="x\\ny $A"\nC='$A'\nD=\nE\nF = spaced\nG=a#b\r\n`,
      (value, known) => value.replace(/\$(\w+)/g, (_, name: string) => known.get(name) ?? ''),
    );
    expect([...values]).toEqual([
      ['A', '1'],
      ['B', 'x\ny 1'],
      ['C', '$A'],
      ['D', ''],
      ['E', undefined],
      ['F', 'spaced'],
      ['G', 'a#b'],
    ]);
  });
});
