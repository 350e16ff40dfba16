import { parseSysctl } from '../../linux/sysctls.ts';
import type { RenderRequest } from '../native/render/input.ts';

type Settings = RenderRequest['container']['security']['sysctls'];

/**
 * Who writes which settings of the kernel. Those of a network that is attached to bridges may be of its interfaces, which
 * are there only when a tool has made the container: they are the keeper's.
 */
export function settingsOf({ container, interfaces = [] }: Pick<RenderRequest, 'container' | 'interfaces'>): {
  ofTool: Settings;
  ofKeeper: Settings;
} {
  const { sysctls } = container.security;
  if (interfaces.length === 0) return { ofTool: sysctls, ofKeeper: {} };
  const of = (isOfNetwork: boolean) =>
    Object.fromEntries(
      Object.entries(sysctls).filter(([name]) => (parseSysctl(name).namespace === 'network') === isOfNetwork),
    );
  return { ofTool: of(false), ofKeeper: of(true) };
}
