// Answers about the machine: settings, the steps of the set-up, diagnostics.
import type { Handlers } from '../contract/control.ts';
import { AgentError } from '../contract/errors.ts';
import type { AnswerContext } from './handlers.ts';

type MachineMethod = 'settings.get' | 'settings.set' | 'setup.get' | 'setup.apply' | 'setup.undo' | 'diagnostics.run' | 'diagnostics.bundle';

export function machineAnswers(_context: AnswerContext): Pick<Handlers, MachineMethod> {
  const later = (): never => {
    throw new AgentError('control-failed');
  };
  return {
    'settings.get': later,
    'settings.set': later,
    'setup.get': later,
    'setup.apply': later,
    'setup.undo': later,
    'diagnostics.run': later,
    'diagnostics.bundle': later,
  };
}
