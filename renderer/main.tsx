// The window's entry: follows agent and shell, sets the theme, draws.
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { followAgent } from './agent-state.ts';
import { App } from './app.tsx';
import { asBridgeError } from './bridge.ts';
import { followShellNavigation } from './navigation.ts';
import { ErrorState } from './parts/answers.tsx';
import { followTheme } from './theme.ts';
import './tokens.css';

const root = createRoot(document.getElementById('root') ?? document.body);

async function begin(): Promise<void> {
  try {
    await followAgent();
    followShellNavigation();
    followTheme();
    root.render(
      <StrictMode>
        <App />
      </StrictMode>,
    );
  } catch (thrown) {
    root.render(<ErrorState error={asBridgeError(thrown)} onRetry={() => window.location.reload()} />);
  }
}

void begin();
