import type { Descriptor } from '../../schema/image/descriptor.ts';
import { documentBytes } from '../format/documents.ts';
import { MANIFEST } from '../format/media-types.ts';
import type { Intake } from './intake.ts';

/** Puts an image manifest, the same bytes for the same config and layers, and answers what refers to it. */
export async function makeManifest(
  intake: Intake,
  config: Descriptor,
  layers: readonly Descriptor[],
): Promise<Descriptor> {
  const bytes = documentBytes({ schemaVersion: 2, mediaType: MANIFEST, config, layers });
  const { digest, size } = await intake.put([bytes], 'image manifest');
  return { mediaType: MANIFEST, digest, size };
}
