import { ScError } from '../../errors/error.ts';
import { decompress } from '../compression/decompress.ts';
import type { Intake } from '../content/intake.ts';
import { DirectoryMembers } from './directory-members.ts';
import { loadDockerArchive } from './docker-archive.ts';
import { loadLayout } from './layout.ts';
import type { Loaded, LoadOptions } from './loaded.ts';
import type { Members } from './members.ts';
import { type ArchiveLimits, readTarMembers } from './tar-members.ts';

/** Takes an OCI image layout in. Throws SC_BAD_IMAGE, SC_UNSUPPORTED for other platforms, SC_NOT_FOUND. */
export async function loadDirectory(
  intake: Intake,
  directory: string,
  options: LoadOptions = {},
): Promise<Loaded[]> {
  const members = new DirectoryMembers(directory, intake);
  if (!members.has('oci-layout')) throw noImage(`directory "${directory}"`, 'it has no file "oci-layout"');
  return loadLayout(members, intake, options);
}

/** The same of an archive, compressed or not: an OCI image layout as a tar, or what `docker save` writes. */
export async function loadTar(
  intake: Intake,
  chunks: AsyncIterable<Buffer>,
  options: LoadOptions & { limits?: Partial<ArchiveLimits> } = {},
): Promise<Loaded[]> {
  const members = await readTarMembers(decompress(chunks), intake, options.limits);
  return formOf(members)(members, intake, options);
}

/** What docker writes today is both, and says more as a layout. */
function formOf(members: Members): typeof loadLayout {
  if (members.has('oci-layout') && members.has('index.json')) return loadLayout;
  if (members.has('manifest.json')) return loadDockerArchive;
  throw noImage('the archive', 'it has neither "oci-layout" with "index.json" nor "manifest.json"');
}

function noImage(what: string, why: string): ScError {
  return new ScError('SC_BAD_IMAGE', `load images of ${what}: ${why}`, {
    hint: 'a root filesystem becomes an image by `sc image import`',
  });
}
