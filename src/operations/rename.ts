import type { ContainerName } from '../schema/operations/many.ts';
import type { RenameRequest } from '../schema/operations/rename.ts';
import { checkRequest } from './check-request.ts';
import { finishAbandoned } from './recover.ts';
import type { Settings } from './settings.ts';
import { openWorkplace } from './workplace.ts';

/**
 * Gives a container another name, whatever it does. Throws SC_NOT_FOUND, SC_AMBIGUOUS, SC_EXISTS with the holder
 * of the name, and SC_USAGE for what is no name.
 */
export async function rename(request: RenameRequest, settings: Settings): Promise<ContainerName> {
  checkRequest('rename', await import('../schema/operations/validate-rename.ts'), request);
  const { container, name } = request;
  const place = await openWorkplace(settings);
  await finishAbandoned(place);
  const id = await place.store.identify(container);
  await place.store.exclusively(id, () => place.store.rename(id, name));
  return { id, name };
}
