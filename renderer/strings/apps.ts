// The words of the Apps view.
import { counted } from './plural.ts';

export const apps = {
  title: 'Apps',
  subtitle: 'Every program on this computer that talks to AI, or could. Deny one and its AI calls are refused from then on.',
  table: 'AI apps',
  columns: {
    name: 'App',
    seen: 'Last seen',
    calls: 'Calls',
    blocked: 'Blocked',
    spend: 'Spend',
    coverage: 'Coverage',
    decision: 'Decision',
  },
  filters: {
    label: 'Which apps are shown',
    all: 'All',
    pending: 'To decide',
    approved: 'Approved',
    denied: 'Denied',
  },
  search: 'Find an app',
  unknown: 'Not in the list',
  unknownWhy: 'The list of AI apps does not know this program. It was seen calling an AI host.',
  notInstalled: 'No installation found',
  never: 'Never',
  neverSeen: 'installed, no calls',
  callsOf: (count: number, app: string): string => `${counted(count, 'call', 'calls')} of ${app}: show them`,
  tunnels: (count: string): string => `+ ${count} unread`,
  tunnelsWhy: (count: string): string => `${count} connections were passed through without being read`,
  coverage: {
    title: (app: string): string => `How far ${app} is covered`,
    /** Read out for the five marks. */
    marks: (app: string, steps: string): string => `Coverage of ${app}: ${steps}. Show why.`,
    steps: { detected: 'Detected', wired: 'Wired', trusted: 'Trusted', observed: 'Observed', enforced: 'Enforced' },
    meanings: {
      detected: 'Whether it is on this computer.',
      wired: 'Whether it finds the proxy by its own route.',
      trusted: 'Whether it accepts our certificate.',
      observed: 'Whether a call of it was seen.',
      enforced: 'Whether policy was applied to a call of it.',
    },
    states: { yes: 'yes', no: 'no', unknown: 'not known' },
    fix: 'What to do:',
  },
  coverageWhy:
    'The five marks: detected, wired, trusted, observed, enforced. Each is proven, not assumed; click them to see by what, or what is missing. An app that lacks one may have ways around Heimdall.',
  decisions: {
    label: (app: string): string => `Decision on ${app}`,
    pending: 'Pending',
    approved: 'Approve',
    denied: 'Deny',
  },
  decided: {
    pending: 'Pending',
    approved: 'Approved',
    denied: 'Denied',
  },
  meaning: {
    pending: 'Its calls pass, under the rules of the policy.',
    approved: 'Its calls pass, under the rules of the policy.',
    denied: 'Its AI calls are refused.',
  },
  managed: 'By your organisation',
  managedWhy: 'The managed policy decides on this app for everyone. You cannot change it here.',
  lockedByPolicy: 'Locked by policy',
  lockedByPolicyWhy: 'The policy keeps people at this computer from approving and denying apps.',
  first: (day: string): string => `first ${day}`,
  deciding: 'Saving…',
  saved: (app: string, decision: string): string => `${app}: ${decision}. The agent has taken it over.`,
  activity: (app: string): string => `Show the activity of ${app}`,
  empty: {
    title: 'No AI app yet',
    text: 'None was found installed, and none has made an AI call since Heimdall runs. As soon as one calls an AI host, it stands here.',
  },
  nothing: {
    title: 'No app fits',
    text: 'No app fits this filter and search.',
    action: 'Show all apps',
  },
  failed: 'The list of apps could not be read',
} as const;
