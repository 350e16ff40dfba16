import type { Settings } from '../../operations/settings.ts';
import type { Wanted } from './wanted.ts';

/** The names that there are now of what is wanted. What cannot be asked has none: a shell is no place for errors. */
export async function namesOf(wanted: Wanted, settings: () => Settings): Promise<readonly string[]> {
  try {
    return await namesIn(wanted, settings);
  } catch {
    return [];
  }
}

async function namesIn(wanted: Wanted, settings: () => Settings): Promise<readonly string[]> {
  switch (wanted.kind) {
    case 'containers':
      return containersOf(settings(), wanted.running);
    case 'places':
      return (await containersOf(settings(), wanted.running)).map((name) => `${name}:`);
    case 'images': {
      const { listImages } = await import('../../operations/image/list.ts');
      const { images } = await listImages({}, settings());
      return ['host', ...images.flatMap(({ name }) => name ?? [])];
    }
    case 'volumes': {
      const { listVolumes } = await import('../../operations/volume/list.ts');
      return (await listVolumes({}, settings())).volumes.map(({ name }) => name);
    }
    case 'networks': {
      const { listNetworks } = await import('../../operations/network/list.ts');
      return (await listNetworks({}, settings())).networks.map(({ name }) => name);
    }
    case 'paths': {
      const { explainablePaths } = await import('../../operations/explain.ts');
      return explainablePaths();
    }
    case 'backends':
      return (await import('../../operations/known-names.ts')).knownBackends();
    case 'drivers':
      return (await import('../../operations/known-names.ts')).knownStorageDrivers();
    default:
      return [];
  }
}

async function containersOf(settings: Settings, running: boolean): Promise<readonly string[]> {
  const { list } = await import('../../operations/list.ts');
  const { containers } = await list(running ? { statuses: ['running'] } : { all: true }, settings);
  return containers.map(({ name }) => name);
}
