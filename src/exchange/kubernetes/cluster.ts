import { resolve } from 'node:path';
import type { SourceDocument } from '../../document/source-document.ts';
import type { Container, ContainerFile, Job } from '../../schema/container-file.ts';
import { LONGEST, Names } from './names.ts';

/** A document that is one container, or several of the same kind. */
export type Runnable = Container | Job;

/** An object of Kubernetes. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: object;
}

/** What is asked for by the claim of a volume that has no size. */
export interface Claims {
  size: string;
  /** Whether nobody has said it. */
  isGuess: boolean;
}

/** The names that objects have by now. */
type Taken = { readonly [kind in 'Service' | 'NetworkPolicy' | 'Secret']: Set<string> };

/** What the documents of a file share: names, volumes, the directory that they are in. */
export class Cluster {
  readonly claims: Claims;
  readonly #directory: string;
  readonly #containers: Names;
  readonly #volumes: Names;
  readonly #uses: readonly string[];
  readonly #declared: readonly string[];
  readonly #taken: Taken;
  readonly #images: ReadonlyMap<string, string>;

  /** `directory` is absolute; relative paths of the documents count from it. */
  constructor(documents: readonly SourceDocument[], directory: string, claims: Claims) {
    const values = documents.map(({ value }) => value);
    this.claims = claims;
    this.#directory = directory;
    const names = values.filter(isRunnable).map(({ metadata }) => metadata.name);
    this.#containers = new Names(names);
    const services = new Set(names.map((name) => this.nameOf(name)));
    this.#taken = { Service: services, NetworkPolicy: new Set(), Secret: new Set() };
    this.#uses = values.filter(isRunnable).flatMap(volumesOf);
    this.#declared = values.filter(({ kind }) => kind === 'Volume').map(({ metadata }) => metadata.name);
    this.#volumes = new Names([...this.#declared, ...this.#uses]);
    this.#images = new Map(values.flatMap(pulledImage));
  }

  /** The absolute path of the machine that a document names. */
  path(named: string): string {
    return resolve(this.#directory, named);
  }

  nameOf(container: string): string {
    return this.#containers.of(container);
  }

  claimOf(volume: string): string {
    return this.#volumes.of(volume);
  }

  /** The volumes that are mounted and that no document says, each once. */
  get undeclared(): string[] {
    return [...new Set(this.#uses)].filter((name) => !this.#declared.includes(name));
  }

  /** Whether the claim of a volume asks for something that nobody has said, and no document is there to tell it. */
  isGuessed(volume: string): boolean {
    return this.claims.isGuess && !this.#declared.includes(volume);
  }

  /** Whether a Service can have a name, which no other may have then. */
  takeService(name: string): boolean {
    if (this.#taken.Service.has(name) || !/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return false;
    this.#taken.Service.add(name);
    return true;
  }

  /** A name for one more object of a container, which no other of its kind has. */
  besides(container: string, kind: keyof Taken, word: string): string {
    for (let count = 1; ; count++) {
      const end = count === 1 ? `-${word}` : `-${word}-${count}`;
      const name = `${container.slice(0, LONGEST - end.length)}${end}`;
      if (this.#taken[kind].has(name)) continue;
      this.#taken[kind].add(name);
      return name;
    }
  }

  /** Whether several Pods mount a volume, which may be on several nodes. */
  isShared(volume: string): boolean {
    return this.#uses.filter((used) => used === volume).length > 1;
  }

  /** The name in a registry of an image that a document of the file pulls, or else the one that is said. */
  imageOf(reference: string): string {
    return this.#images.get(reference) ?? reference;
  }
}

export function isRunnable(value: ContainerFile): value is Runnable {
  return (value.kind === 'Container' || value.kind === 'Job') && !('steps' in value);
}

/** Once for each Pod. */
function volumesOf(value: Runnable): string[] {
  const named = (value.mounts ?? []).flatMap(({ volume }) => (typeof volume === 'string' ? volume : []));
  const each = [...new Set(named)];
  const isOfMany = value.kind === 'Container' && (value.replicas ?? 1) > 1;
  return isOfMany ? [...each, ...each] : each;
}

function pulledImage(value: ContainerFile): [string, string][] {
  if (value.kind !== 'Image' || value.source.pull === undefined) return [];
  return [[value.name ?? value.metadata.name, value.source.pull]];
}
