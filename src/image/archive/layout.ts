import { ScError } from '../../errors/error.ts';
import type { Annotations, Descriptor } from '../../schema/image/descriptor.ts';
import { REF_NAME } from '../content/entries.ts';
import type { Intake } from '../content/intake.ts';
import { checkLayout, readIndex } from '../format/documents.ts';
import { LayoutSource } from './layout-source.ts';
import type { Loaded, LoadOptions } from './loaded.ts';
import type { Members } from './members.ts';
import { chosenImages, givenNames, refuseTooMany, wholeName } from './names.ts';
import { chooseImage } from './platform-choice.ts';

/** By it docker writes whole names, and by that of the OCI only tags. */
const CONTAINERD_NAME = 'io.containerd.image.name';

/** What one name of a layout stands for: more than one where there are several platforms side by side. */
interface Group {
  names: string[];
  candidates: Descriptor[];
}

/** Takes the images of an OCI image layout in, of each that for the platform that is wanted, or all. */
export async function loadLayout(members: Members, intake: Intake, options: LoadOptions): Promise<Loaded[]> {
  checkLayout(members.read('oci-layout'), '"oci-layout"');
  const { manifests } = readIndex(members.read('index.json'), '"index.json"');
  const groups = chosenImages(groupsOf(manifests, options), options);
  if (groups.length === 0) throw new ScError('SC_BAD_IMAGE', 'read "index.json": there is no image in it');
  refuseTooMany(groups, '"index.json"');
  const source = new LayoutSource(members, intake);
  const loaded: Loaded[] = [];
  for (const { names: own, candidates } of groups) {
    const names = givenNames(own, groups.length, options);
    if (options.allPlatforms === true) loaded.push(await loadAll(source, candidates, names));
    else loaded.push(await loadOne(source, candidates, names, options));
  }
  return loaded;
}

/** Those of one name together; those without a name are one image where each is for a platform of its own. */
function groupsOf(manifests: readonly Descriptor[], options: LoadOptions): Group[] {
  return [...Map.groupBy(manifests, ({ annotations }) => nameOf(annotations, options))].flatMap(
    ([name, candidates]) => {
      if (name !== undefined) return [{ names: [name], candidates }];
      const platforms = candidates.map(({ platform }) => platform && JSON.stringify(platform));
      const isOne = !platforms.includes(undefined) && new Set(platforms).size === platforms.length;
      return isOne
        ? [{ names: [], candidates }]
        : candidates.map((one) => ({ names: [], candidates: [one] }));
    },
  );
}

function nameOf(annotations: Annotations | undefined, options: LoadOptions): string | undefined {
  const text = annotations?.[CONTAINERD_NAME] ?? annotations?.[REF_NAME];
  return text === undefined ? undefined : wholeName(text, '"index.json"', options);
}

async function loadOne(
  source: LayoutSource,
  candidates: readonly Descriptor[],
  names: string[],
  { platform }: LoadOptions,
): Promise<Loaded> {
  const what = names[0] === undefined ? 'the image' : `image "${names[0]}"`;
  const image = chooseImage(source.documents, candidates, what, platform);
  await source.takeImage(image);
  return { names, target: bare(image.descriptor), images: [image] };
}

async function loadAll(source: LayoutSource, candidates: Descriptor[], names: string[]): Promise<Loaded> {
  const images: Loaded['images'] = [];
  for (const candidate of candidates) images.push(...(await source.takeAll(candidate)));
  const [first, ...others] = candidates.map(bare);
  const isOne = first !== undefined && others.length === 0;
  // One name has one target: what stood side by side becomes an index of its own.
  return { names, target: isOne ? first : await source.makeIndex(candidates.map(bare)), images };
}

/** What an index says of an image, beside what it is, is for that index. */
function bare({ annotations, ...descriptor }: Descriptor): Descriptor {
  return descriptor;
}
