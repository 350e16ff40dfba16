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
    ['ports: !override ["80:80"]', '4:12: : Unresolved tag: !override'],
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

  test('what is extended has its paths from where it is', () => {
    const { container } = service(
      'extends: { file: lib/base.yaml, service: base }\nvolumes: ["./own:/own"]',
      {
        files: {
          'lib/base.yaml':
            'services:\n  mid: { env_file: a.env, volumes: ["./v:/v"] }\n  base: { extends: mid, volumes: ["../w:/w", ".:/all"] }',
          'lib/a.env': 'A=b',
        },
      },
    );
    const bound = (bind: string, target: string) => ({ bind, target, ifMissing: 'create' });
    expect(container).toMatchObject({
      environment: { A: 'b' },
      mounts: [bound('./lib/v', '/v'), bound('./w', '/w'), bound('./lib', '/all'), bound('./own', '/own')],
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

describe('what is included', () => {
  test('is a part of the whole, with paths and variables of its own', () => {
    const { documents, notes } = translate(
      'include: [lib/db.yaml]\nservices: { web: { image: "w:${OWN}", depends_on: [db] } }',
      {
        files: {
          '.env': 'TAG=6',
          'lib/db.yaml': `include: [../log/log.yaml]
services:
  db: { image: "d:\${TAG}-\${OWN}", env_file: db.env, secrets: [s], volumes: ["./data:/data", "../up:/up", "all:/all", "\${HERE:-.}:/here"] }
volumes: { all: }
secrets: { s: { file: s.txt } }
x-mine: 1
models: {}`,
          'lib/.env': 'TAG=5\nOWN=${TAG}1',
          'lib/db.env': 'A=b',
          'log/log.yaml': 'services: { log: { image: "l:${OWN}", volumes: ["./l:/l"] } }',
        },
      },
    );
    expect(documents).toMatchObject([
      { kind: 'Volume', metadata: { name: 'myshop_all' } },
      { kind: 'Network', metadata: { name: 'myshop_default' } },
      { image: 'w:${OWN}', dependsOn: ['db'] },
      {
        metadata: { name: 'db' },
        image: 'd:${TAG:-6}-${OWN:-61}',
        environment: { A: 'b' },
        security: { secrets: [{ source: './lib/s.txt' }] },
        mounts: [{ bind: './lib/data' }, { bind: './up' }, { volume: 'myshop_all' }, { bind: '${HERE:-.}' }],
      },
      { metadata: { name: 'log' }, image: 'l:${OWN:-61}', mounts: [{ bind: './log/l' }] },
    ]);
    expect(notes.map(({ file, line, message }) => `${file}:${line}: ${message}`)).toEqual([
      'lib/db.yaml:3: a path that begins with a variable counts from the container file, and not from "lib"',
      'lib/db.yaml:7: "models" has no counterpart',
    ]);
  });

  test('may be several files over one another, with a directory and variables that are said', () => {
    const { documents } = translate(
      `include:
  - { path: [lib/a.yaml, b.yaml], project_directory: ./data, env_file: [one.env, two.env] }
  - { path: lib/c.yaml, project_directory: /srv, env_file: /dev/null }`,
      {
        files: {
          'lib/a.yaml':
            'services: { aa: { image: "i:${A}${B}", command: [one], volumes: ["x:/x", "./y:/y"] } }\nvolumes: { x: }',
          'b.yaml': 'services: { aa: { command: [two] } }',
          'one.env': 'A=1\nB=1',
          'two.env': 'B=2',
          'lib/c.yaml': 'services: { cc: { image: "i${A}", volumes: ["./y:/y", "../etc/z:/z", "..:/all"] } }',
          '/srv/.env': 'A=9',
        },
      },
    );
    expect(documents.slice(-2)).toMatchObject([
      {
        image: 'i:${A:-1}${B:-2}',
        process: { args: ['two'] },
        mounts: [{ volume: 'myshop_x' }, { bind: './data/y' }],
      },
      { image: 'i${A}', mounts: [{ bind: '/srv/y' }, { bind: '/etc/z' }, { bind: '/' }] },
    ]);
  });

  test('is one where several include it, or where it says the same', () => {
    const { documents } = translate(
      'include: [a.yaml, b.yaml]\nservices: { web: { image: i, networks: [n] } }\nnetworks: { n: }',
      {
        files: {
          'a.yaml': 'include: [c.yaml]\nnetworks: { n: {} }',
          'b.yaml': 'include: [./c.yaml]',
          'c.yaml': 'services: { cc: { image: i } }',
        },
      },
    );
    expect(documents.map(({ metadata: { name } }) => name)).toEqual([
      'myshop_n',
      'myshop_default',
      'web',
      'cc',
    ]);
  });

  test.each([
    [
      'itself',
      'include: [compose.yaml]',
      '1:11: include[0]: files include each other in a circle: compose.yaml, compose.yaml',
    ],
    [
      'in a circle',
      'include: [a.yaml]',
      '1:11: include[0]: files include each other in a circle: compose.yaml, a.yaml, lib/b.yaml, a.yaml',
    ],
    ['what is not there', 'include:\n  - path: no.yaml', '2:11: include[0].path: there is no file "no.yaml"'],
    [
      'variables that are not there',
      'include: [{ path: c.yaml, env_file: no.env }]',
      'include[0].env_file: there is no file "no.env"',
    ],
    ['nothing', 'include: [{ project_directory: lib }]', 'include[0]: missing key "path"'],
    ['no list', 'include: c.yaml', 'include: found "c.yaml"; expected a list'],
    [
      'what is elsewhere',
      'include: ["https://example.com/compose.yaml"]',
      'found a file of elsewhere, which is not fetched',
    ],
    ['no map', 'include: [list.yaml]', '1:1: : found a list; expected a map'],
    [
      'another of the same name',
      'include: [c.yaml]\nservices: { cc: { image: other } }',
      '1:13: services.cc: "cc" is another one in compose.yaml:2; expected another name',
    ],
    [
      'the same of another directory',
      'include: [c.yaml, { path: c.yaml, project_directory: lib }]',
      '1:13: services.cc: "cc" is another one in c.yaml:1',
    ],
  ])('%s is refused', (_, text, expected) => {
    const files = {
      'a.yaml': 'include: [lib/b.yaml]',
      'lib/b.yaml': 'include: [../a.yaml]',
      'c.yaml': 'services: { cc: { image: i, volumes: [./v:/v] } }',
      'list.yaml': '- services',
    };
    expect(problems(text, { files }).join('\n')).toContain(expected);
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
