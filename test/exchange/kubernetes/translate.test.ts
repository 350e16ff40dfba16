import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseDocuments } from '../../../src/document/load.ts';
import { Names } from '../../../src/exchange/kubernetes/names.ts';
import { processorsOf } from '../../../src/exchange/kubernetes/quantity.ts';
import { translateToKubernetes } from '../../../src/exchange/kubernetes/translate.ts';

const header = 'apiVersion: standard-container/v1\n';

function translate(text: string) {
  const documents = parseDocuments(text, 'container.yaml', { environment: {}, set: {} });
  const { objects, notes } = translateToKubernetes(documents, '/srv', { size: '1Gi', isGuess: true });
  return {
    objects,
    kinds: objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    notes: notes.map(({ line, column, path, message }) => `${line}:${column}: ${path}: ${message}`),
  };
}

/** What a container becomes whose keys are given, by itself. */
function container(keys: string, kind = 'Container') {
  const said = /^image:/m.test(keys) ? '' : 'image: nginx\n';
  const { objects, ...more } = translate(`${header}kind: ${kind}\nmetadata: { name: web }\n${said}${keys}\n`);
  const workload = objects.find(({ kind }) => ['Pod', 'Deployment', 'Job'].includes(kind));
  const { template, ...own } = (workload?.spec ?? {}) as { template?: { spec: object } };
  const pod = (template?.spec ?? own) as Record<string, unknown> & { containers: Record<string, unknown>[] };
  return { ...more, objects, workload, pod, inside: pod.containers[0] ?? {} };
}

describe('a field of a container', () => {
  test.each([
    ['process: { args: [a, b] }', { args: ['a', 'b'] }],
    ['process: { entrypoint: [a], args: [b] }', { command: ['a'], args: ['b'] }],
    ['process: { entrypoint: [], args: [b] }', { command: ['b'] }],
    ['process: { cwd: /srv }', { workingDir: '/srv' }],
    [
      'environment: { A: "yes", B: "" }',
      {
        env: [
          { name: 'A', value: 'yes' },
          { name: 'B', value: '' },
        ],
      },
    ],
    [
      'environment: { A: $(A) $$ $B }\nprocess: { args: [$$(pwd), $(KUBERNETES_PORT), $(pwd)] }',
      { args: ['$$$(pwd)', '$$(KUBERNETES_PORT)', '$(pwd)'], env: [{ name: 'A', value: '$$(A) $$$ $B' }] },
    ],
    [
      'resources: { memory: 64Mi, cpus: 0.25, memoryReservation: 33000000B }',
      { resources: { requests: { memory: '33000000' }, limits: { cpu: '250m', memory: '64Mi' } } },
    ],
    [
      'monitor: { health: { args: [ls], interval: 5s, timeout: 1s, retries: 2, startPeriod: 1m } }',
      {
        readinessProbe: {
          exec: { command: ['ls'] },
          periodSeconds: 5,
          timeoutSeconds: 1,
          failureThreshold: 2,
        },
      },
    ],
    ['monitor: { health: { disable: true, args: [ls] } }', { name: 'web' }],
    ['terminal: { tty: true, stdin: true }', { tty: true, stdin: true }],
    [
      'mounts: [{ tmpfs: true, target: /a, size: 1Mi, readOnly: true }]',
      { volumeMounts: [{ name: 'mount-0', mountPath: '/a', readOnly: true }] },
    ],
  ])('%s', (keys, fields) => {
    const { inside, notes } = container(keys);
    expect(notes).toEqual([]);
    expect(inside).toMatchObject(fields);
  });

  test.each([
    ['network: { hostname: web-1 }', { hostname: 'web-1' }],
    ['network: { mode: host }', { hostNetwork: true }],
    [
      'network: { hosts: { a: 10.0.0.1, b: 10.0.0.1 } }',
      { hostAliases: [{ ip: '10.0.0.1', hostnames: ['a', 'b'] }] },
    ],
    [
      'network: { dns: { search: [x.example], options: ["ndots:2", edns0] } }',
      {
        dnsConfig: { searches: ['x.example'], options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }] },
      },
    ],
    ['namespaces: { pid: host, ipc: host, uts: private }', { hostPID: true, hostIPC: true }],
    ['monitor: { init: true }', { shareProcessNamespace: true }],
    ['monitor: { timeout: 1m }', { activeDeadlineSeconds: 60 }],
    ['monitor: { restart: { policy: on-failure } }', { restartPolicy: 'OnFailure' }],
    ['signals: { stopTimeout: 90s }', { terminationGracePeriodSeconds: 90 }],
    ['security: { userNamespace: private }', { hostUsers: false }],
    [
      'security: { sysctls: { net/ipv4/tcp_syncookies: "1" } }\nprocess: { additionalGroups: ["44"] }',
      {
        securityContext: {
          supplementalGroups: [44],
          sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }],
        },
      },
    ],
    [
      'rootfs: { readOnly: true, writablePaths: [/tmp] }\nresources: { shm: 1Mi }',
      {
        volumes: [
          { name: 'writable-0', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
          { name: 'shm', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } },
        ],
      },
    ],
  ])('of its Pod: %s', (keys, fields) => {
    const { pod, notes } = container(keys);
    expect(notes).toEqual([]);
    expect(pod).toMatchObject(fields);
  });
});

describe('rights are said as strictly as they are here', () => {
  const security = (keys: string) => container(keys).inside.securityContext;

  test('without a word', () => {
    const { pod, inside } = container('');
    expect(pod).toMatchObject({ automountServiceAccountToken: false, enableServiceLinks: false });
    expect(inside.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      capabilities: {
        drop: ['ALL'],
        add: 'CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT SETFCAP'.split(
          ' ',
        ),
      },
      seccompProfile: { type: 'RuntimeDefault' },
    });
  });

  test.each([
    ['security: { capabilities: { drop: [ALL] } }', { capabilities: { drop: ['ALL'] } }],
    ['security: { capabilities: { add: [ALL] } }', { capabilities: { add: ['ALL'] } }],
    ['security: { noNewPrivileges: false }', { allowPrivilegeEscalation: true }],
    ['security: { seccomp: unconfined }', { seccompProfile: { type: 'Unconfined' } }],
    [
      'security: { seccomp: ./a/s.json }',
      { seccompProfile: { type: 'Localhost', localhostProfile: 's.json' } },
    ],
    ['security: { apparmor: unconfined }', { appArmorProfile: { type: 'Unconfined' } }],
    [
      'security: { selinux: "a:b:c:s0:c1,c2" }',
      { seLinuxOptions: { user: 'a', role: 'b', type: 'c', level: 's0:c1,c2' } },
    ],
    [
      'process: { user: "1000:50" }\nrootfs: { readOnly: true }',
      { runAsUser: 1000, runAsGroup: 50, readOnlyRootFilesystem: true },
    ],
    ['process: { user: root }', { runAsUser: 0 }],
  ])('%s', (keys, fields) => {
    expect(security(keys)).toMatchObject(fields);
  });

  test('a cluster that would refuse SYS_ADMIN without new privileges is told so, and the file too', () => {
    const { inside, notes } = container('security: { capabilities: { add: [SYS_ADMIN] } }');
    expect(inside.securityContext).not.toHaveProperty('allowPrivilegeEscalation');
    expect(notes).toEqual([expect.stringContaining('security.capabilities: who has SYS_ADMIN may gain')]);
  });

  test('what a secret says is read by nobody, and who runs as another user can read it', () => {
    const { pod, inside, notes } = container(
      'process: { user: "1000" }\nsecurity: { secrets: [{ name: key, source: ./nosuch, mode: "0440" }] }',
    );
    expect(pod.volumes).toEqual([
      {
        name: 'secrets',
        secret: { secretName: 'web-secrets', items: [{ key: 'key', path: 'key', mode: 0o440 }] },
      },
    ]);
    expect(pod.securityContext).toEqual({ fsGroup: 1000 });
    expect(inside.volumeMounts).toEqual([
      { name: 'secrets', mountPath: '/run/secrets/key', subPath: 'key', readOnly: true },
    ]);
    expect(notes).toEqual([
      expect.stringContaining('kubectl create secret generic web-secrets --from-file=key=/srv/nosuch'),
    ]);
  });
});

describe('what a document becomes', () => {
  test.each([
    ['', 'Container', 'Pod web'],
    ['monitor: { restart: { policy: on-failure } }', 'Container', 'Pod web'],
    ['monitor: { restart: { policy: always } }', 'Container', 'Deployment web'],
    ['monitor: { restart: { policy: unless-stopped } }', 'Container', 'Deployment web'],
    ['replicas: 0\nmonitor: { restart: { policy: always } }', 'Container', 'Deployment web'],
    ['', 'Job', 'Job web'],
  ])('%j of a %s: %s', (keys, kind, first) => {
    const { kinds, notes } = container(keys, kind);
    expect({ kinds, notes }).toEqual({ kinds: [first, 'NetworkPolicy web-alone'], notes: [] });
  });

  test('a Job runs once, or as often as it says', () => {
    expect(container('', 'Job').workload).toMatchObject({
      spec: { backoffLimit: 0, template: { spec: { restartPolicy: 'Never' } } },
    });
    const keys = 'monitor: { timeout: 1m, restart: { policy: on-failure, maxRetries: 3 } }';
    expect(container(keys, 'Job').workload).toMatchObject({
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: 60,
        template: { spec: { restartPolicy: 'OnFailure' } },
      },
    });
    const unlimited = container('monitor: { restart: { policy: on-failure } }', 'Job');
    expect(unlimited).toMatchObject({ workload: { spec: { backoffLimit: 2_147_483_647 } }, notes: [] });
  });

  test.each(['[]', '[192.0.2.1]', '[example.org, 192.0.2.0/24]'])(
    'that it may reach only %s is said not to come over',
    (egress) => {
      expect(container(`network: { mode: backend, egress: ${egress} }`).notes).toEqual([
        expect.stringMatching(/^5:\d+: network\.egress: it may reach everything: /),
      ]);
    },
  );

  test('ports are reached from outside, but for those of the machine itself', () => {
    const { objects, kinds } = container(
      'network: { mode: bridge, ports: ["8080:80", "9000-9001:90-91/udp", "127.0.0.1:70:71"] }',
    );
    expect(kinds).toEqual(['Pod web', 'Service web', 'Service web-inside']);
    expect(objects[1]).toMatchObject({
      spec: {
        type: 'LoadBalancer',
        selector: { 'app.kubernetes.io/name': 'web' },
        ports: [
          { name: 'tcp-8080', port: 8080, targetPort: 80 },
          { name: 'udp-9000', port: 9000, targetPort: 90, protocol: 'UDP' },
          { name: 'udp-9001', port: 9001, targetPort: 91, protocol: 'UDP' },
        ],
      },
    });
    expect(objects[2]).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web-inside' },
      spec: {
        selector: { 'app.kubernetes.io/name': 'web' },
        ports: [{ name: 'tcp-70', port: 70, targetPort: 71 }],
      },
    });
  });

  test('who is on a network is found by its names, at whatever it serves', () => {
    const { objects, kinds } = container(
      'network: { networks: [{ name: back, aliases: [www] }], ports: [":80", "127.0.0.1:70:71"] }',
    );
    expect(kinds).toEqual(['Pod web', 'Service web', 'Service www', 'Service web-published']);
    expect(objects[1]).toMatchObject({ spec: { clusterIP: 'None' } });
    expect(objects[3]).toMatchObject({ spec: { ports: [{ name: 'tcp-80', port: 80, targetPort: 80 }] } });
  });

  test('no two objects of a kind have one name', () => {
    const named = (name: string, keys: string) =>
      `${header}kind: Container\nmetadata: { name: ${name} }\nimage: nginx\n${keys}\n`;
    const { kinds } = translate(
      [
        named('web', 'network: { networks: [{ name: back, aliases: [api-published] }], ports: [":80"] }'),
        named('web-published', 'network: { mode: bridge, ports: ["81:80", "127.0.0.1:70:71"] }'),
        named('web-published-inside', 'network: { mode: bridge, ports: ["82:80"] }'),
        named('api', 'network: { mode: back, ports: ["83:80"] }'),
        named(`${'a'.repeat(62)}b`, ''),
        named(`${'a'.repeat(62)}c`, ''),
      ].join('---\n'),
    );
    expect(kinds.filter((kind) => !kind.startsWith('Pod '))).toEqual([
      'Service web',
      'Service api-published',
      'Service web-published-2',
      'Service web-published',
      'Service web-published-inside-2',
      'Service web-published-inside',
      'Service api',
      'Service api-published-2',
      `NetworkPolicy ${'a'.repeat(57)}-alone`,
      `NetworkPolicy ${'a'.repeat(55)}-alone-2`,
    ]);
  });

  test('volumes are claims, of several Pods where several mount them', () => {
    const one = (name: string, mounts: string, more = '') =>
      `---\n${header}kind: Container\nmetadata: { name: ${name} }\nimage: nginx\nmounts: ${mounts}\n${more}`;
    const { objects, kinds, notes } = translate(
      [
        `${header}kind: Volume\nmetadata: { name: My_Data }\nsize: 5Gi\n`,
        one(
          'aa',
          '[{ volume: My_Data, target: /a, copy: false }, { volume: My_Data, target: /b, subpath: s }]',
        ),
        one(
          'bb',
          '[{ volume: other, target: /a, copy: false }]',
          'replicas: 2\nmonitor: { restart: { policy: always } }\n',
        ),
      ].join(''),
    );
    expect(kinds.slice(0, 3)).toEqual([
      'PersistentVolumeClaim my-data',
      'PersistentVolumeClaim other',
      'Pod aa',
    ]);
    expect(objects[0]).toMatchObject({
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    });
    expect(objects[1]).toMatchObject({ spec: { accessModes: ['ReadWriteMany'] } });
    expect(objects[2]).toMatchObject({
      spec: {
        volumes: [{ name: 'mount-0', persistentVolumeClaim: { claimName: 'my-data' } }],
        containers: [
          {
            volumeMounts: [
              { name: 'mount-0', mountPath: '/a' },
              { name: 'mount-0', mountPath: '/b', subPath: 's' },
            ],
          },
        ],
      },
    });
    expect(notes).toEqual([
      '3:19: metadata.name: it is called "my-data" there',
      expect.stringContaining(
        'mounts[0].volume: the file has no Volume of this name: its claim asks for 1Gi',
      ),
    ]);
  });

  test('an image that the file pulls is pulled by the nodes', () => {
    const image = `${header}kind: Image\nmetadata: { name: base }\nname: web:1\nsource: { pull: r.example/web:1 }\n---\n`;
    const { objects } = translate(
      `${image}${header}kind: Container\nmetadata: { name: web }\nimage: web:1\n`,
    );
    expect(objects[0]).toMatchObject({ spec: { containers: [{ image: 'r.example/web:1' }] } });
  });

  test('labels of free text are annotations', () => {
    const { workload, notes } = container('labels: { a/b: c, d: e f, "g h": i }');
    expect(workload).toMatchObject({
      metadata: { labels: { 'a/b': 'c', 'app.kubernetes.io/name': 'web' }, annotations: { d: 'e f' } },
    });
    expect(notes).toEqual([expect.stringContaining('labels["g h"]: a name of this form')]);
  });
});

test.each([
  ['image: host\nprocess: { args: [ls] }', '4:8: image: "host" is of this machine and in no registry'],
  ['process: { user: www-data }', '5:18: process.user: users and groups are numbers: found "www-data"'],
  ['environment: { A: null }', '5:19: environment.A: what the image sets cannot be taken away'],
  ['network: { mode: "container:other" }', '5:18: network.mode: who shares a network is in one Pod'],
  ['network: { hostname: Web.example }', '5:22: network.hostname: it has to be one label'],
  ['network: { mode: bridge, ports: ["80"] }', '5:34: network.ports[0]: no free port is chosen'],
  ['namespaces: { ipc: "container:other" }', '5:20: namespaces.ipc: who shares namespaces is in one Pod'],
  ['resources: { pids: 5, rlimits: { core: 1Mi, cpu: 1s } }', '5:20: resources.pids: processes are limited'],
  ['replicas: 2', '5:11: replicas: a Deployment starts again whatever has ended'],
  [
    'monitor: { health: { args: [ls], interval: 500ms } }',
    '5:44: monitor.health.interval: times are whole seconds: it is 1s',
  ],
  ['monitor: { health: { interval: 5s } }', '5:12: monitor.health: a check of which the file does not say'],
  [
    'security: { devices: [{ path: /dev/fuse }] }',
    '5:13: security.devices: a device comes from a device plugin',
  ],
  [
    'security: { sysctls: { net.core.somaxconn: "9" } }',
    '5:13: security.sysctls: "net.core.somaxconn" has to be',
  ],
  ['mounts: [{ bind: ./a, target: /a }]', '5:18: mounts[0].bind: "/srv/a" is of this machine'],
  ['mounts: [{ tmpfs: true, target: /a, exec: true }]', '5:43: mounts[0].exec: no mount says'],
  ['logging: { maxSize: 1Mi, maxFiles: 2 }', '5:1: logging: output is kept as the node has it'],
  ['expect: { exitCode: 0 }', '5:1: expect: nobody looks at what comes out'],
])('what has no counterpart is named where it stands: %s', (keys, note) => {
  expect(container(keys).notes.join('\n')).toContain(note);
});

test.each([
  ['kind: Network\nmetadata: { name: back }', 'Network "back": all Pods of a cluster reach one another'],
  [
    'kind: Image\nmetadata: { name: web }\nsource: { archive: ./a.tar }',
    'Image "web": a cluster makes no images',
  ],
  [
    'kind: Job\nmetadata: { name: make }\nsteps: [{ attach: { container: web } }]',
    'Job "make": steps have no',
  ],
])('a document that does not come over is named once: %s', (text, words) => {
  const { notes, objects } = translate(`${header}${text}\n`);
  expect(objects).toEqual([]);
  expect(notes).toEqual([expect.stringContaining(words)]);
});

const whole = `${header}kind: Container
metadata: { name: web }
labels: { team: shop, note: "free text" }
dependsOn: [db]
replicas: 2
image: nginx
rootfs: { readOnly: true, writablePaths: [/tmp], propagation: shared }
process: { args: [a], entrypoint: [b], cwd: /srv, user: "1:2", additionalGroups: ["3", video], umask: "0077" }
environment: { A: b, C: null }
network:
  networks: [{ name: back, addresses: [10.0.0.2], mac: "02:00:00:00:00:01", aliases: [www] }]
  hostname: h
  domainName: d
  aliases: [alias]
  ports: ["8080-8081:80/udp"]
  publishAll: true
  dns: { servers: [9.9.9.9], search: [s.example], options: [edns0] }
  hosts: { a: 10.0.0.1 }
namespaces: { pid: host, uts: host, ipc: host, cgroup: host, time: private, timeOffsets: { monotonic: 1d, boottime: 1d } }
resources:
  memory: 2Gi
  memorySwap: 3Gi
  memoryReservation: 1Gi
  shm: 1Mi
  cpus: 2
  cpuWeight: 10
  cpuset: { cpus: "0", memoryNodes: "0" }
  pids: 5
  io: { weight: 5 }
  hugetlb: { 2Mi: 4Mi }
  oomScoreAdjust: 5
  rlimits: { core: 0B }
monitor:
  init: true
  restart: { policy: always, maxRetries: 3, delay: 1s, maxDelay: 2s, resetAfter: 3s }
  health: { args: [ls], interval: 1s, timeout: 2s, startInterval: 3s, retries: 4 }
  timeout: 1m
logging: { maxSize: 1Mi, maxFiles: 2 }
signals: { stopSignal: SIGINT, stopTimeout: 1s }
terminal: { tty: true, stdin: true, rows: 1, columns: 2 }
security:
  capabilities: { add: [NET_RAW], drop: [CHOWN] }
  seccomp: unconfined
  noNewPrivileges: false
  maskedPaths: { add: [/proc/a] }
  readOnlyPaths: { add: [/proc/b] }
  devices: [{ path: /dev/fuse }]
  sysctls: { net.ipv4.tcp_syncookies: "1" }
  userNamespace: private
  apparmor: p
  selinux: "a:b:c"
  secrets: [{ name: key, source: ./key, target: /key, mode: "0440" }]
mounts:
  - { bind: ./a, target: /a, readOnly: true, exec: true, ifMissing: create, propagation: slave, subpath: s }
  - { volume: data, target: /b, copy: false }
  - { tmpfs: true, target: /c, owner: "1:1", size: 1Mi, inodes: 5, mode: "0700" }
expect: { exitCode: 1 }
---
${header}kind: Container
metadata: { name: db }
image: nginx
`;

test('of every field something is made, or it is said that nothing is', () => {
  const documents = parseDocuments(whole, 'container.yaml', { environment: {}, set: {} });
  const [document] = documents;
  if (document === undefined) throw new Error('there is no document');
  const made = (value: typeof document.value) =>
    translateToKubernetes([{ ...document, value }], '/srv', { size: '1Gi', isGuess: true });
  const all = made(document.value);
  const told = all.notes.map(({ path }) => path);
  const silent = pathsIn(document.value).filter((path) => {
    const value = structuredClone(document.value);
    const inner = path.slice(0, -1).reduce<object>((above, key) => Reflect.get(above, key), value);
    Reflect.deleteProperty(inner, path.at(-1) ?? '');
    return isDeepStrictEqual(made(value), all) && !told.some((above) => path.join('.').startsWith(above));
  });
  // The version of a container file is none of Kubernetes, and a mount of nothing is in memory too.
  expect(silent.map((path) => path.join('.'))).toEqual(['apiVersion', 'mounts.2.tmpfs']);
});

/** Of every key but those that a document cannot be without. */
function pathsIn(value: unknown, above: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    if (!Array.isArray(value) || typeof value[0] !== 'object') return [above];
    return value.flatMap((inner, index) => pathsIn(inner, [...above, String(index)]));
  }
  return Object.entries(value)
    .filter(([key]) => !['kind', 'metadata', 'image', 'name', 'source', 'policy'].includes(key))
    .filter(([key]) => key !== 'target' || above[0] !== 'mounts')
    .flatMap(([key, inner]) => pathsIn(inner, [...above, key]));
}

test('names are labels of DNS, and no two become the same', () => {
  const name = fc.stringMatching(/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,80}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 20 }), (all) => {
      const names = new Names(all);
      const made = all.map((each) => names.of(each));
      expect(new Set(made).size).toBe(all.length);
      for (const each of made) expect(each).toMatch(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
      for (const each of all)
        if (/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(each)) expect(names.of(each)).toBe(each);
    }),
  );
});

test.each([
  [1, '1'],
  [0.5, '500m'],
  [0.001, '1m'],
  [0.0015, '2m'],
  [1.1, '1100m'],
])('%d processors are "%s"', (cpus, text) => {
  expect(processorsOf(cpus)).toBe(text);
});
