// The environment as it would be without us: what a person's start files say of a proxy counts too, for an agent that no shell started.
import type { SetupMachine } from '../surface.ts';
import { assignmentsOfUser } from './user-environment.ts';
import { ownMark } from './variables.ts';

const proxyVariable = /^(https?|all|no)_proxy$/i;

export function environmentBeneath(env: SetupMachine['env'], machine: Pick<SetupMachine, 'home' | 'root'>): SetupMachine['env'] {
  const inFiles = assignmentsOfUser(machine).filter(({ name }) => proxyVariable.test(name));
  const own = env[ownMark];
  // A shell that is wired has our address in place of theirs: it must not hide what the files say.
  const theirs = Object.entries(env).filter(([name, value]) => !(proxyVariable.test(name) && own !== undefined && value === own));
  return { ...Object.fromEntries(inFiles.map(({ name, value }) => [name, value])), ...Object.fromEntries(theirs) };
}
