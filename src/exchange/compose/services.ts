import type { Item, Surroundings } from './item.ts';
import { merged } from './merge.ts';
import type { Project } from './project.ts';
import { readCompose } from './read.ts';
import type { Service } from './service.ts';

/** The services that come over: those without a profile or with one of `profiles`, each with what it extends. */
export function servicesOf(
  root: Item,
  project: Project,
  around: Surroundings,
  profiles: readonly string[],
): Service[] {
  const found = (root.get('services')?.entries() ?? []).flatMap(([name, given]) => {
    if (!given.isMap) {
      given.expect('a map');
      return [];
    }
    const item = extended(given, root, project, around, [name]);
    const own = item.get('profiles')?.items() ?? [];
    const isWanted = own.length === 0 || own.some((profile) => profiles.includes(profile.now()));
    if (!isWanted) {
      const names = own.map((profile) => profile.now());
      item.get('profiles')?.note(`left out: --profile ${names[0]} brings it over`);
      return [];
    }
    if (item.get('scale')?.now() === '0' || item.get('deploy')?.get('replicas')?.now() === '0') {
      item.note('left out: there are to be none of it');
      return [];
    }
    return [{ name, item }];
  });
  const awaited = new Set(found.flatMap(({ item }) => awaitedBy(item)));
  return found.map(({ name, item }) => ({ name, item, isJob: awaited.has(name) || isJob(item) }));
}

/** The services whose end it waits for. */
function awaitedBy(item: Item): string[] {
  const dependsOn = item.get('depends_on');
  if (!dependsOn?.isMap) return [];
  return dependsOn
    .entries()
    .filter(([, entry]) => entry.get('condition')?.now() === 'service_completed_successfully')
    .map(([name]) => name);
}

function isJob(item: Item): boolean {
  return /-job$/.test(item.get('deploy')?.get('mode')?.now() ?? '');
}

/** A service with what it extends, in this file or in another. `names` has those that are open. */
function extended(
  item: Item,
  root: Item,
  project: Project,
  around: Surroundings,
  names: readonly string[],
): Item {
  const extension = item.get('extends');
  if (extension === undefined) return item;
  const name = (extension.isMap ? extension.get('service') : extension)?.now() ?? '';
  const file = extension.isMap ? extension.get('file')?.now() : undefined;
  const id = `${file ?? ''}:${name}`;
  if (names.includes(id) || (file === undefined && names.includes(name))) {
    extension.problem(`service "${name}" extends itself`);
    return item;
  }
  const other = file === undefined ? root : readOther(extension, file, project, around);
  const base = other?.get('services')?.get(name);
  if (other === undefined) return item;
  if (base === undefined || !base.isMap) {
    extension.problem(`there is no service "${name}"${file === undefined ? '' : ` in "${file}"`}`);
    return item;
  }
  const whole = extended(base, other, project, around, [...names, file === undefined ? name : id]);
  return merged(withoutKeys(item, ['extends']), withoutKeys(whole, ['extends', 'depends_on', 'profiles']));
}

function readOther(at: Item, file: string, project: Project, around: Surroundings): Item | undefined {
  const text = project.readFile(file);
  if (text === undefined) {
    at.problem(`there is no file "${file}"`);
    return undefined;
  }
  return readCompose(text, file, around);
}

function withoutKeys(item: Item, keys: readonly string[]): Item {
  return item.with(new Map(item.entries().filter(([key]) => !keys.includes(key))));
}
