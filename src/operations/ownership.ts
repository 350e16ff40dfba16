import { dirname } from 'node:path';
import type { SourceDocument } from '../document/source-document.ts';
import type { Owned } from '../plan/owned.ts';
import type { AppliedContainer, AppliedFile } from '../schema/applied-file.ts';
import type { ContainerSpec } from '../schema/container-spec.ts';
import type { ContainerState } from '../schema/container-state.ts';
import type { Plan } from '../schema/plan.ts';
import { AppliedFiles } from '../state/applied-files.ts';
import { absolutePath, type Caller } from './caller.ts';
import type { FilesRead } from './file-request.ts';
import type { Workplace } from './workplace.ts';

/** Which containers are of which files, before these are applied and after. */
export class Ownership {
  readonly #place: Workplace;
  readonly #records: AppliedFiles;
  readonly #before: readonly AppliedFile[];
  readonly #documents: readonly SourceDocument[];
  readonly #directories: readonly string[];
  readonly #caller: Caller;

  /** Throws SC_STATE_CORRUPT and SC_STATE_NEWER for a record that cannot be used. */
  constructor(place: Workplace, { documents, directories }: FilesRead, caller: Caller) {
    this.#place = place;
    this.#caller = caller;
    this.#documents = documents;
    this.#directories = directories;
    this.#records = new AppliedFiles(place.settings.root);
    this.#before = this.#records.list();
  }

  /** What the plan is to know. Those that were `observed` are not looked at once more. */
  async owned(observed: readonly ContainerState[]): Promise<Owned> {
    const seen = new Map(observed.map((state) => [state.id, state]));
    const inScope = this.#before.filter(({ file }) => this.#isInScope(file));
    const containers = inScope.flatMap(({ file, containers }) =>
      containers.map((container) => ({ ...container, file })),
    );
    return {
      ids: new Set(this.#before.flatMap((record) => record.containers.map(({ id }) => id))),
      containers: await Promise.all(
        containers.map(async (container) => {
          const { id } = container;
          return { ...container, state: seen.get(id) ?? (await this.#observe(id)) };
        }),
      ),
      things: await this.#things(),
    };
  }

  /** Writes down whose is what will be made, before it is. */
  async begin(plan: Plan): Promise<void> {
    const made = new Map(
      plan.steps.flatMap((step) => (step.kind === 'create' ? [[step.name, step.container.id] as const] : [])),
    );
    const planned = this.#named((name) => made.get(name));
    if (planned.length > 0) await this.#write(planned, []);
  }

  /** Writes down what is there now: what is gone, or is of others now, is forgotten. */
  async finish(done: (name: string) => boolean): Promise<void> {
    const found: FileContainer[] = [];
    for (const { file, document, name } of this.#named(() => '')) {
      const state = done(name) ? await this.#place.store.named(name) : undefined;
      if (state === undefined) continue;
      found.push({ file, document, name, id: state.id, applied: appliedOf(state.spec) });
    }
    const names = new Set(found.map(({ name }) => name));
    const isForgotten = ({ id, name }: AppliedContainer) => names.has(name) || !this.#place.store.has(id);
    const known = this.#records.list().flatMap(({ containers }) => containers);
    await this.#write(found, known.filter(isForgotten));
  }

  /** Whether one of the containers that the files name is of none yet, or of another. */
  isNews(containers: readonly Pick<ContainerState, 'id' | 'name'>[]): boolean {
    const files = new Map(this.#named(() => '').map(({ name, file }) => [name, file]));
    const owners = new Map(
      this.#before.flatMap((record) => record.containers.map(({ id }) => [id, record.file] as const)),
    );
    return containers.some(({ id, name }) => files.has(name) && files.get(name) !== owners.get(id));
  }

  #named(idOf: (name: string) => string | undefined): FileContainer[] {
    return this.#documents.flatMap(({ value, file, replicaOf }) => {
      const { name } = value.metadata;
      const id = idOf(name);
      const isContainer = value.kind === 'Container' || (value.kind === 'Job' && !('steps' in value));
      if (!isContainer || id === undefined) return [];
      return [{ file: absolutePath(file, this.#caller), document: replicaOf ?? name, name, id }];
    });
  }

  #isInScope(file: string): boolean {
    if (this.#directories.includes(dirname(file))) return true;
    return this.#documents.some((document) => absolutePath(document.file, this.#caller) === file);
  }

  async #things() {
    const { ownedThings } = await import('./owned-things.ts');
    return ownedThings(this.#place, this.#documents, (file) => this.#isInScope(file));
  }

  async #observe(id: string) {
    if (!this.#place.store.has(id)) return undefined;
    return this.#place.observe(await this.#place.store.find(id));
  }

  /** A container is of one file. */
  async #write(added: readonly FileContainer[], forgotten: readonly AppliedContainer[]): Promise<void> {
    const gone = new Set([...forgotten, ...added].map(({ id }) => id));
    const records = this.#records.list();
    const files = new Set([...records.map(({ file }) => file), ...added.map(({ file }) => file)]);
    for (const file of files) {
      const before = records.find((record) => record.file === file)?.containers ?? [];
      const own = added.filter((container) => container.file === file).map(({ file: _, ...one }) => one);
      const containers = [...before.filter(({ id }) => !gone.has(id)), ...own];
      const isSame = JSON.stringify(containers) === JSON.stringify(before);
      if (!isSame) await this.#records.write({ version: 1, file, containers });
    }
  }
}

type FileContainer = AppliedContainer & { file: string };

function appliedOf({ resources, monitor, labels }: ContainerSpec): NonNullable<AppliedContainer['applied']> {
  return { resources, restart: monitor.restart, labels };
}
