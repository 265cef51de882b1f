// What the person at the screen may do, as policy says it, and the refusals in words.
import { AgentError } from '../contract/errors.ts';
import type { Policy } from '../contract/policy.ts';
import type { PolicyOrigin } from '../contract/policy-view.ts';
import type { UserRights } from '../contract/status.ts';

export function rightsOf({ user }: Policy): UserRights {
  return { mayPause: user.pause, longestPauseMinutes: user.longestPauseMinutes, mayQuit: user.quit };
}

/** @throws AgentError not-allowed */
export function mayPause({ user }: Policy, origin: PolicyOrigin, minutes: number): void {
  if (!user.pause) throw notAllowed(origin, 'pausing', 'user.pause');
  if (minutes <= user.longestPauseMinutes) return;
  throw notAllowed(
    origin,
    `a pause of more than ${user.longestPauseMinutes} ${user.longestPauseMinutes === 1 ? 'minute' : 'minutes'}`,
    'user.longestPauseMinutes',
  );
}

/** @throws AgentError not-allowed */
export function mayQuit({ user }: Policy, origin: PolicyOrigin): void {
  if (!user.quit) throw notAllowed(origin, 'stopping Heimdall', 'user.quit');
}

/** @throws AgentError not-allowed */
export function mayDecide({ user, apps }: Policy, origin: PolicyOrigin, app: string): void {
  if (!user.decideApps) throw notAllowed(origin, 'deciding about apps', 'user.decideApps');
  if (Object.keys(apps).some((name) => name.toLowerCase() === app.toLowerCase())) throw notAllowed(origin, `another decision about ${app}`, `apps.${app}`);
}

function notAllowed(origin: PolicyOrigin, what: string, path: string): AgentError {
  const [whose, who] =
    origin === 'managed'
      ? ["Your organisation's policy", 'Ask your administrator']
      : origin === 'user'
        ? ['The policy file of this machine', 'Change it there']
        : ['The built-in policy', 'Name a policy file of your own in the settings'];
  return new AgentError('not-allowed', `${whose} does not allow ${what} (${path}). ${who} if you need it.`);
}
