import { controllers } from './controllers/all.ts';
import type { GroupUsage } from './controllers/controller.ts';
import { thisHost } from './look.ts';
import type { LiveGroup } from './membership.ts';

export type { GroupUsage };

/**
 * What the groups of a container say of it together, each controller by that group which it is in. What none of
 * them tells is left out. `read` answers the text of a file, undefined where there is none.
 */
export function usageOf(groups: readonly LiveGroup[], read = thisHost.read): GroupUsage {
  return Object.assign(
    {},
    ...groups.flatMap(({ version, path, controllers: tree }) =>
      controllers
        .filter(({ names }) => version === 2 || tree.includes(names[1]))
        .map(({ usage }) => usage?.[version]?.((file) => read(`${path}/${file}`)) ?? {}),
    ),
  );
}
