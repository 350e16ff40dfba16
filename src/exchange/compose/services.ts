import type { Item } from './item.ts';
import { merged } from './merge.ts';
import { directoryOf, readNamed } from './outside.ts';
import type { Project } from './project.ts';
import type { Service } from './service.ts';
import { pathFrom } from './values.ts';

/** The services that come over: those without a profile or with one of `profiles`, each with what it extends. */
export function servicesOf(root: Item, project: Project, profiles: readonly string[]): Service[] {
  const found = (root.get('services')?.entries() ?? []).flatMap(([name, given]) => {
    if (!given.isMap) {
      given.expect('a map');
      return [];
    }
    const item = extended(given, root, project, [name]);
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
function extended(item: Item, root: Item, project: Project, names: readonly string[]): Item {
  const extension = item.get('extends');
  if (extension === undefined) return item;
  const name = (extension.isMap ? extension.get('service') : extension)?.now() ?? '';
  const file = extension.isMap ? extension.get('file') : undefined;
  const id = `${file === undefined ? '' : placeOf(file)}:${name}`;
  if (names.includes(id) || (file === undefined && names.includes(name))) {
    extension.problem(`service "${name}" extends itself`);
    return item;
  }
  const other = file === undefined ? root : readOther(file, project);
  const base = other?.get('services')?.get(name);
  if (other === undefined) return item;
  if (base === undefined || !base.isMap) {
    extension.problem(`there is no service "${name}"${file === undefined ? '' : ` in "${file.now()}"`}`);
    return item;
  }
  const whole = extended(base, other, project, [...names, file === undefined ? name : id]);
  return merged(withoutKeys(item, ['extends']), withoutKeys(whole, ['extends', 'depends_on', 'profiles']));
}

function placeOf(file: Item): string {
  return pathFrom(file.around.directory, file.now());
}

/** Its relative paths count from where it is. */
function readOther(file: Item, project: Project): Item | undefined {
  const path = placeOf(file);
  return readNamed(file, path, { ...file.around, directory: directoryOf(path) }, project.outside);
}

function withoutKeys(item: Item, keys: readonly string[]): Item {
  return item.with(new Map(item.entries().filter(([key]) => !keys.includes(key))));
}
