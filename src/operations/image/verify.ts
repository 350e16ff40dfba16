import { faultOf } from '../../errors/fault.ts';
import { verify } from '../../image/content/verify.ts';
import type { ImageVerifyRequest, ImageVerifyResult } from '../../schema/operations/image-verify.ts';
import type { Settings } from '../settings.ts';
import { openWorkplace } from '../workplace.ts';
import type { Progress } from './progress.ts';

/** Reads the blobs of images and what is in their layers, and tells which are not what their digests say. */
export async function verifyImages(
  { images }: ImageVerifyRequest,
  settings: Settings,
  progress?: Progress,
): Promise<ImageVerifyResult> {
  const store = await (await openWorkplace(settings)).images();
  return store.hold(async () => {
    const entries = images?.map((reference) => store.identify(reference)) ?? store.entries();
    let done = 0;
    const onBytes = (bytes: number) => {
      done += bytes;
      progress?.show('verify', done);
    };
    const { blobs, bytes, damages } = await verify(store, entries, { diffIds: true, onBytes });
    return {
      blobs,
      bytes,
      damages: damages.map(({ blob, images, error }) => ({ blob, images, error: faultOf(error) })),
    };
  });
}
