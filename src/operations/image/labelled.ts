import type { Loaded } from '../../image/archive/loaded.ts';
import { type Image, readImage } from '../../image/content/image.ts';
import type { Intake } from '../../image/content/intake.ts';
import { makeManifest } from '../../image/content/make-manifest.ts';
import { documentBytes } from '../../image/format/documents.ts';
import { CONFIG } from '../../image/format/media-types.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The same image with labels in its config, above those that it has, and so with an ID of its own; itself where it has
 * all of them. Layers and all else that the config says stay as they are.
 */
export async function labelled(intake: Intake, loaded: Loaded, labels: Labels): Promise<Loaded> {
  const [image] = loaded.images;
  if (image === undefined || hasAll(image, labels)) return loaded;
  const { config } = image;
  const own = { ...config.config, Labels: { ...config.config?.Labels, ...labels } };
  const bytes = documentBytes({ ...config, config: own });
  const { digest, size } = await intake.put([bytes], 'config');
  const layers = image.layers.map(({ blob }) => blob);
  const target = await makeManifest(intake, { mediaType: CONFIG, digest, size }, layers);
  return { ...loaded, target, images: [readImage(intake, target)] };
}

function hasAll({ config }: Image, labels: Labels): boolean {
  const own = config.config?.Labels ?? {};
  return Object.entries(labels).every(([name, value]) => Object.hasOwn(own, name) && own[name] === value);
}
