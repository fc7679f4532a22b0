// Dark or light: as the system says, or as the reader chose on this device. Loaded before the page is drawn.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try { return localStorage.getItem("scheme"); } catch { return null; } // storage may be forbidden
  };
  const chosen = stored();
  if (chosen === "dark" || chosen === "light") root.dataset.scheme = chosen;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("scheme-toggle");
    const other = () => ((root.dataset.scheme ?? (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark");
    const label = () => { button.textContent = other() === "dark" ? "Dark scheme" : "Light scheme"; };
    button.addEventListener("click", () => {
      root.dataset.scheme = other();
      try { localStorage.setItem("scheme", root.dataset.scheme); } catch { /* it holds for this page */ }
      label();
    });
    dark.addEventListener("change", label);
    label();
    button.hidden = false;
  });
})();
