import './app/mantine-styles.ts';
import './app/tokens.css';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// Dialogs stop the page behind them from scrolling with a style element of their own.
setNonce(nonce);

const root = document.querySelector('#root');
if (root === null) throw new Error('the page has no place for the application');
createRoot(root).render(<App nonce={nonce} />);
