// How Teams shows Adaptive Cards: its sizes and distances. The colours are those of cards.css, light or dark.

const colour = (name) => ({ default: `var(--${name})`, subtle: "var(--quiet)" });

const colours = {
  default: { default: "var(--text)", subtle: "var(--quiet)" },
  dark: colour("text"),
  light: colour("quiet"),
  accent: { default: "var(--link)", subtle: "var(--link)" },
  good: { default: "var(--good)", subtle: "var(--good)" },
  warning: { default: "var(--warning)", subtle: "var(--warning)" },
  attention: { default: "var(--danger)", subtle: "var(--danger)" },
};

const style = (background, edge) => ({ backgroundColor: background, borderColor: edge, foregroundColors: colours });

const font = (family) => ({
  fontFamily: family,
  fontSizes: { small: 12, default: 14, medium: 14, large: 18, extraLarge: 24 },
  fontWeights: { lighter: 400, default: 400, bolder: 600 },
});

export const HOST = {
  supportsInteractivity: true,
  spacing: { small: 8, default: 12, medium: 16, large: 20, extraLarge: 24, padding: 16 },
  separator: { lineThickness: 1, lineColor: "var(--line)" },
  lineHeights: { small: 16, default: 20, medium: 20, large: 24, extraLarge: 32 },
  fontTypes: { default: font("inherit"), monospace: font("ui-monospace, Consolas, \"Liberation Mono\", monospace") },
  containerStyles: {
    default: style("var(--page)", "var(--line)"),
    emphasis: style("var(--panel)", "var(--line)"),
    accent: style("var(--accent-soft)", "var(--accent)"),
    good: style("var(--good-soft)", "var(--good)"),
    warning: style("var(--warning-soft)", "var(--warning)"),
    attention: style("var(--danger-soft)", "var(--danger)"),
  },
  inputs: {
    label: { inputSpacing: "small", requiredInputs: { weight: "bolder", suffix: " *" }, optionalInputs: { weight: "bolder" } },
    errorMessage: { color: "attention", weight: "bolder" },
  },
  // Buttons are set apart by cards.css, so that they can go on in another line.
  actions: { maxActions: 6, spacing: "large", buttonSpacing: 0, allowTitleToWrap: true, actionAlignment: "left" },
  factSet: { title: { weight: "bolder", wrap: true, maxWidth: 150 }, value: { wrap: true }, spacing: 8 },
  textStyles: { heading: { size: "large", weight: "bolder" } },
  textBlock: { headingLevel: 3 },
};
