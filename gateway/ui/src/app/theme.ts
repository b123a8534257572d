import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** From the palest to the darkest; buttons use the seventh. */
const accent: MantineColorsTuple = [
  '#ebf0fe',
  '#d3defb',
  '#a6bcf6',
  '#7897f0',
  '#5077ea',
  '#3763e2',
  '#2950c8',
  '#2144ad',
  '#1b3890',
  '#152c72',
];

/** As dark as white letters need. */
const red: MantineColorsTuple = [
  '#fdeceb',
  '#fbd5d2',
  '#f6aba5',
  '#f07f76',
  '#e2594e',
  '#c8382e',
  '#b1221a',
  '#981a13',
  '#7d130d',
  '#620d08',
];

/** From text to the ground below the page, in the colours of `tokens.css`: Mantine's own greys are brown beside them. */
const dark: MantineColorsTuple = [
  '#e6eaf0',
  '#c3ccd8',
  '#9aa7ba',
  '#6b7a90',
  '#3a4556',
  '#28313e',
  '#1d2530',
  '#161c25',
  '#0f141b',
  '#0a0e13',
];

/** How Mantine's components look here: the system's font, small corners, one accent colour. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: 6,
  colors: { accent, red, dark },
  autoContrast: true,
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", monospace',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Button: { defaultProps: { size: 'sm', radius: 'md' } },
    TextInput: { defaultProps: { size: 'sm' } },
    Modal: { defaultProps: { radius: 'lg', centered: true, overlayProps: { backgroundOpacity: 0.4 } } },
    // The head of a dialog is no head of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: true } },
  },
});
