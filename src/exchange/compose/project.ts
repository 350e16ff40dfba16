import type { Network, Volume } from '../../schema/container-file.ts';
import { filled } from '../filled.ts';
import { Interpolation } from './interpolation.ts';
import type { Item } from './item.ts';
import { pairs } from './merge.ts';
import type { Outside } from './outside.ts';
import { hostPath } from './values.ts';

const API = 'standard-container/v1' as const;

/** What services share: networks, volumes, and files of secrets and configs. */
export class Project {
  readonly name: string;
  readonly #root: Item;
  readonly outside: Outside;
  readonly #networks = new Map<string, Network | undefined>();
  readonly #volumes = new Map<string, Volume | undefined>();

  constructor(root: Item, outside: Outside) {
    this.#root = root;
    this.outside = outside;
    const given = root.get('name')?.now() ?? outside.directoryName.toLowerCase();
    this.name = given.replace(/[^a-zA-Z0-9_.-]+/g, '').replace(/^[^a-zA-Z0-9]+/, '') || 'compose';
  }

  readFile(path: string): string | undefined {
    return this.outside.readFile(path);
  }

  /** A value of an `env_file` with the variables in it, of which those before it are some. */
  expand(value: string, known: ReadonlyMap<string, string>, at: Item): string {
    const values = { environment: this.outside.environment, dotenv: known };
    return new Interpolation(values).now(value, (message) => at.note(message));
  }

  /** Name of the container of a service: two letters at least. */
  nameOf(service: string): string {
    return service.length < 2 ? `${this.name}-${service}` : service;
  }

  /** Name of a network, whose document is needed from now on. */
  network(key: string, user: Item): string {
    const item = this.#root.get('networks')?.get(key);
    const isDeclared =
      key === 'default' ||
      this.#root
        .get('networks')
        ?.entries()
        .some(([name]) => name === key);
    if (!isDeclared) user.problem(`network "${key}" is not declared in "networks"`);
    const isExternal = isSaid(item?.get('external'));
    const name =
      item?.get('name')?.now() ??
      item?.get('external')?.get('name')?.now() ??
      (isExternal ? key : `${this.name}_${key}`);
    if (!this.#networks.has(key))
      this.#networks.set(key, isExternal ? undefined : networkDocument(name, item));
    if (isExternal) item?.note(`network "${name}" is none of this file: it has to be there`);
    return name;
  }

  /** Name of a volume, likewise. */
  volume(key: string, user: Item): string {
    const volumes = this.#root.get('volumes');
    const item = volumes?.get(key);
    if (!volumes?.entries().some(([name]) => name === key))
      user.problem(
        `volume "${key}" is not declared in "volumes"`,
        'a declaration, or a path that begins with ./',
      );
    const isExternal = isSaid(item?.get('external'));
    const name = item?.get('name')?.now() ?? (isExternal ? key : `${this.name}_${key}`);
    if (!this.#volumes.has(key)) this.#volumes.set(key, isExternal ? undefined : volumeDocument(name, item));
    if (isExternal) item?.note(`volume "${name}" is none of this file: it has to be there`);
    return name;
  }

  /** The file of a secret or config. What is no file is said. */
  fileOf(kind: 'secrets' | 'configs', name: Item): string | undefined {
    const item = this.#root.get(kind)?.get(name.now());
    const file = item?.get('file');
    if (file !== undefined) return hostPath(file.text(), file);
    if (item === undefined) name.problem(`"${name.now()}" is not declared in "${kind}"`);
    else item.note(`only ${kind} of files come over: write this one into a file`);
    return undefined;
  }

  /** The documents of networks and volumes that services use; what none uses is said. */
  documents(): (Network | Volume)[] {
    for (const [kind, used] of [
      ['volumes', this.#volumes],
      ['networks', this.#networks],
    ] as const) {
      for (const [name, item] of this.#root.get(kind)?.entries() ?? [])
        if (!used.has(name) && name !== 'default') item.note('no service uses it: it is left out');
    }
    return [...this.#volumes.values(), ...this.#networks.values()].filter(
      (document) => document !== undefined,
    );
  }
}

/** `external: true`, or the old form with a name. */
function isSaid(item: Item | undefined): boolean {
  return item !== undefined && (item.isMap || item.boolean());
}

function volumeDocument(name: string, item: Item | undefined): Volume {
  for (const [key, value] of item?.entries() ?? []) {
    const isOurs = ['name', 'labels', 'external'].includes(key) || key.startsWith('x-');
    if (!isOurs && !(key === 'driver' && value.now() === 'local'))
      value.note(`"${key}" of a volume has no counterpart`);
  }
  return { apiVersion: API, kind: 'Volume', metadata: { name }, ...filled({ labels: labelsOf(item) }) };
}

function networkDocument(name: string, item: Item | undefined): Network {
  const document: Network = {
    apiVersion: API,
    kind: 'Network',
    metadata: { name },
    ...filled({ labels: labelsOf(item) }),
  };
  for (const [key, value] of item?.entries() ?? []) {
    if (key === 'internal') document.internal = value.boolean();
    else if (key === 'driver') setDriver(document, value);
    else if (key === 'driver_opts') setOptions(document, value);
    else if (key === 'ipam') setSubnets(document, value);
    else if (!['name', 'labels', 'external', 'attachable'].includes(key) && !key.startsWith('x-'))
      value.note(`"${key}" of a network has no counterpart`);
  }
  return document;
}

function setDriver(document: Network, item: Item): void {
  const driver = item.now();
  if (driver === 'macvlan' || driver === 'ipvlan') document.driver = driver;
  else if (driver !== 'bridge') item.note(`"${driver}" has no counterpart: it is a bridge of this machine`);
}

function setOptions(document: Network, options: Item): void {
  for (const [key, item] of options.entries()) {
    if (key === 'parent') document.parent = item.text();
    else if (key === 'com.docker.network.driver.mtu') document.mtu = item.number();
    else item.note(`"${key}" has no counterpart`);
  }
}

function setSubnets(document: Network, ipam: Item): void {
  const configs = ipam.get('config')?.items() ?? [];
  const subnets = configs.flatMap((config) => config.get('subnet')?.text() ?? []);
  const gateway = configs[0]?.get('gateway')?.text();
  if (subnets.length > 0) document.subnets = subnets;
  if (gateway !== undefined) document.gateway = gateway;
  for (const config of configs) {
    for (const key of ['ip_range', 'aux_addresses']) config.get(key)?.note(`"${key}" has no counterpart`);
  }
}

export function labelsOf(item: Item | undefined): { [name: string]: string } {
  const labels = item?.get('labels');
  return labels === undefined
    ? {}
    : Object.fromEntries(pairs(labels).map(([name, value]) => [name, value.text()]));
}
