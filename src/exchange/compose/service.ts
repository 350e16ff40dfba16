import type { Container, Job } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import type { Item } from './item.ts';
import { hasHealthCheck, loggingOf, monitorOf } from './monitor.ts';
import { mountsOf } from './mounts.ts';
import { networkOf } from './network.ts';
import { environmentOf, processOf } from './process.ts';
import { labelsOf, type Project } from './project.ts';
import { resourcesOf } from './resources.ts';
import { securityOf } from './security.ts';
import { durationOf } from './values.ts';

/** A service with what it extends, where others of the file wait for its end a Job. */
export interface Service {
  name: string;
  item: Item;
  isJob: boolean;
}

/** The document of a service. What has no counterpart is said. */
export function serviceDocument(
  { name, item, isJob }: Service,
  all: readonly Service[],
  project: Project,
): Container | Job {
  for (const [key, value] of item.entries()) tellForeign(key, value);
  const stopTimeout = item.get('stop_grace_period');
  return {
    apiVersion: 'standard-container/v1',
    kind: isJob ? 'Job' : 'Container',
    metadata: { name: project.nameOf(name) },
    ...filled({
      labels: labelsOf(item),
      dependsOn: dependenciesOf(item, all, project),
      replicas: replicasOf(item, isJob),
    }),
    image: imageOf(name, item, project),
    ...filled({
      rootfs: filled({ readOnly: item.get('read_only')?.boolean() || undefined }),
      process: processOf(item),
      environment: environmentOf(item, project),
      network: networkOf(item, project),
      namespaces: namespacesOf(item, project),
      resources: resourcesOf(item),
      monitor: monitorOf(item, isJob),
      logging: loggingOf(item, isJob),
      signals: filled({
        stopSignal: item.get('stop_signal')?.text(),
        stopTimeout: stopTimeout && durationOf(stopTimeout),
      }),
      terminal: filled({
        tty: item.get('tty')?.boolean() || undefined,
        stdin: item.get('stdin_open')?.boolean() || undefined,
      }),
      security: securityOf(item, project),
      mounts: mountsOf(item, project),
    }),
  } as Container | Job;
}

/** One is what there is without a word; a Job is one container. */
function replicasOf(item: Item, isJob: boolean): number | undefined {
  const said = item.get('scale') ?? item.get('deploy')?.get('replicas');
  const count = said?.number() ?? 1;
  if (count === 1) return undefined;
  if (isJob) said?.note('a Job is one container, and runs once');
  else if (!Number.isInteger(count) || count < 0 || count > 1000) said?.expect('a whole number up to 1000');
  return isJob ? undefined : count;
}

/** What is built has the name that compose would give it. */
function imageOf(name: string, item: Item, project: Project): string {
  const [image, build] = [item.get('image'), item.get('build')];
  const called = image?.text() ?? `${project.name}-${name}`;
  build?.note(`nothing is built by this file: the image "${called}" has to be there`);
  if (image === undefined && build === undefined) item.problem('found a service without "image" and "build"');
  return called;
}

const conditions: { readonly [condition: string]: 'started' | 'healthy' | 'completed' } = {
  service_started: 'started',
  service_healthy: 'healthy',
  service_completed_successfully: 'completed',
};

/** Who is in the namespaces of another comes after it, whether it says so or not. */
function dependenciesOf(item: Item, all: readonly Service[], project: Project): unknown[] {
  const said = saidDependencies(item, all, project);
  const shared = ['network_mode', 'pid', 'ipc'].flatMap((key) => {
    const [, name] = /^service:(.+)$/.exec(item.get(key)?.now() ?? '') ?? [];
    const other = all.find((service) => service.name === name);
    return other === undefined ? [] : [dependencyOn(other, 'started', project)];
  });
  const nameOf = (dependency: Dependency) => (typeof dependency === 'string' ? dependency : dependency.name);
  return [...said, ...shared.filter((one) => !said.some((other) => nameOf(other) === nameOf(one)))];
}

/** A name where the condition is the usual one of what it names. */
type Dependency = string | { name: string; condition: string };

function saidDependencies(item: Item, all: readonly Service[], project: Project): Dependency[] {
  const dependsOn = item.get('depends_on');
  const entries = dependsOn?.isMap
    ? dependsOn.entries()
    : (dependsOn?.items() ?? []).map((entry) => [entry.now(), entry] as const);
  return entries.flatMap(([name, entry]): Dependency[] => {
    const other = all.find((service) => service.name === name);
    const given = entry.isMap ? entry.get('condition') : undefined;
    const condition = conditions[given?.now() ?? 'service_started'];
    if (condition === undefined) {
      given?.expect(Object.keys(conditions).join(', '));
      return [];
    }
    if (other === undefined) {
      const isNeeded = entry.isMap ? (entry.get('required')?.boolean() ?? true) : true;
      if (isNeeded) entry.note(`service "${name}" is not in what comes over: nothing waits for it`);
      return [];
    }
    if (entry.isMap && entry.get('restart')?.boolean())
      entry.get('restart')?.note('a container is not started again when that on which it depends is');
    return [dependencyOn(other, condition, project)];
  });
}

function dependencyOn({ name, item, isJob }: Service, condition: string, project: Project): Dependency {
  const usual = isJob ? 'completed' : hasHealthCheck(item) ? 'healthy' : 'started';
  const called = project.nameOf(name);
  return condition === usual ? called : { name: called, condition };
}

function namespacesOf(item: Item, project: Project): object | undefined {
  const shared = (key: string) => {
    const text = item.get(key)?.now();
    if (text === undefined) return undefined;
    const [, other] = /^service:(.+)$/.exec(text) ?? [];
    return other === undefined ? text.replace('shareable', 'private') : `container:${project.nameOf(other)}`;
  };
  const uts = item.get('uts')?.now();
  return filled({
    pid: shared('pid'),
    ipc: shared('ipc'),
    uts: uts === 'host' ? uts : undefined,
    cgroup: item.get('cgroup')?.now(),
  });
}

/** Keys that are read somewhere here, or that change nothing. */
const known: ReadonlySet<string> = new Set(
  `annotations attach build cap_add cap_drop cgroup command configs container_name cpu_shares cpus cpuset depends_on deploy
  devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends extra_hosts group_add healthcheck
  hostname image init ipc labels logging mac_address mem_limit mem_reservation memswap_limit network_mode networks
  oom_score_adj pid pids_limit ports privileged profiles read_only restart scale secrets security_opt shm_size
  stdin_open stop_grace_period stop_signal sysctls tmpfs tty ulimits user userns_mode uts volumes working_dir`.split(
    /\s+/,
  ),
);

const reasons: { readonly [key: string]: string } = {
  blkio_config: 'limits of devices stand in resources.io, by the path of a device',
  cgroup_parent: 'control groups have the place that sc gives them',
  develop: 'sc watches no sources',
  links: 'others are found by their names; where one has to come first, "depends_on" says so',
  platform: 'an image is chosen when it is taken in',
  post_start: 'nothing is run beside the start: a Job of steps can',
  pre_stop: 'nothing is run before the end',
  pull_policy: 'nothing is pulled when a container is started',
  runtime: 'a backend is chosen for all by --backend',
  volumes_from: 'name the volumes of the other service',
};

function tellForeign(key: string, item: Item): void {
  if (key.startsWith('x-')) return;
  if (key === 'container_name') item.note('a container is called as its service, by which others find it');
  if (key === 'annotations') item.note('annotations have no counterpart: labels are kept');
  if (key === 'deploy') tellDeploy(item);
  if (!known.has(key)) item.note(reasons[key] ?? `"${key}" has no counterpart`);
}

function tellDeploy(deploy: Item): void {
  for (const [key, item] of deploy.entries()) {
    if (key === 'resources') tellResources(item);
    else if (!['replicas', 'restart_policy', 'labels', 'mode'].includes(key) && !key.startsWith('x-'))
      item.note(`"${key}" is about many machines, and has no counterpart`);
  }
}

function tellResources(resources: Item): void {
  for (const [key, item] of resources.get('limits')?.entries() ?? [])
    if (!['cpus', 'memory', 'pids'].includes(key)) item.note(`"${key}" has no counterpart`);
}
