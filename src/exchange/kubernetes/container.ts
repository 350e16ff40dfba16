import { joinPath } from '../../document/path.ts';
import { filled } from '../filled.ts';
import type { Cluster, Runnable } from './cluster.ts';
import { containerPortsOf } from './network.ts';
import { probeOf } from './probe.ts';
import { processorsOf, quantityOf } from './quantity.ts';
import { securityOf } from './security.ts';
import type { Source } from './source.ts';

/** The one container of a Pod. */
export function containerOf(
  value: Runnable,
  volumeMounts: readonly object[],
  source: Source,
  cluster: Cluster,
): object {
  const { terminal } = value;
  return {
    name: cluster.nameOf(value.metadata.name),
    image: imageOf(value, source, cluster),
    // As with sc, which never pulls what is there.
    imagePullPolicy: 'IfNotPresent',
    ...filled({
      ...programOf(value, source),
      workingDir: source.take('process.cwd', value.process?.cwd),
      env: environmentOf(value, source),
      ports: containerPortsOf(value),
      resources: resourcesOf(value, source),
      readinessProbe: probeOf(value, source),
      stdin: source.take('terminal.stdin', terminal?.stdin) || undefined,
      tty: source.take('terminal.tty', terminal?.tty) || undefined,
      securityContext: securityOf(value, source),
      volumeMounts,
    }),
  };
}

/** What is in no registry stands there by the name of the container, until somebody says a better one. */
function imageOf({ image, metadata }: Runnable, source: Source, cluster: Cluster): string {
  if (!/^(host$|\.{0,2}\/|\.\.?$|archive:|oci:)/.test(image))
    return cluster.imageOf(source.take('image', image));
  const name = cluster.nameOf(metadata.name);
  const advice = `make an image of it, push it, and write its name in the place of "${name}"`;
  source.note('image', `"${image}" is of this machine and in no registry: ${advice}`);
  return name;
}

/** A given entrypoint drops what the image says, an empty one too. */
function programOf({ process = {}, environment }: Runnable, source: Source): object {
  const args = source.take('process.args', process.args)?.map((text) => literal(text, environment));
  const entrypoint = source
    .take('process.entrypoint', process.entrypoint)
    ?.map((text) => literal(text, environment));
  if (entrypoint?.length === 0) return { command: args };
  return { command: entrypoint, args };
}

/**
 * In commands and values `$$` is a single `$`, and `$(NAME)` a variable if there is one of that name: those of the container
 * itself and KUBERNETES_..., which each has.
 */
function literal(text: string, environment: Runnable['environment'] = {}): string {
  const isVariable = (name: string | undefined) =>
    name !== undefined && (Object.hasOwn(environment, name) || name.startsWith('KUBERNETES_'));
  return text.replace(/\$(?:(?=\$)|(?=\(([^)]*)\)))/g, (sign, name?: string) =>
    name === undefined || isVariable(name) ? '$$' : sign,
  );
}

function environmentOf({ environment = {} }: Runnable, source: Source): object[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    const path = joinPath('environment', name);
    if (value === null) source.note(path, 'what the image sets cannot be taken away');
    else if (!/^[A-Za-z_.-][\w.-]*$/.test(name)) source.note(path, 'a variable cannot have this name there');
    else return [{ name, value: literal(source.take(path, value), environment) }];
    return [];
  });
}

function resourcesOf({ resources = {} }: Runnable, source: Source): object | undefined {
  const { memory, cpus, memoryReservation } = resources;
  source.take('resources.memory', memory);
  source.take('resources.cpus', cpus);
  source.take('resources.memoryReservation', memoryReservation);
  return filled({
    requests: filled({ memory: memoryReservation && quantityOf(memoryReservation) }),
    limits: filled({ cpu: cpus && processorsOf(cpus), memory: memory && quantityOf(memory) }),
  });
}
