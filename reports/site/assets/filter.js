// Filters the rows of the page's table. The state is in the address, so that a view can be passed on.
"use strict";
(() => {
  const bar = document.getElementById("filters");
  const table = document.getElementById("rows");
  if (!bar || !table) return;

  const columns = [...table.tHead.rows[0].cells].map((cell) => cell.dataset.column ?? "");
  const headings = [...table.querySelectorAll("tr.heading th")];
  const groups = [...table.tBodies].map((body) => ({
    body,
    name: body.dataset.table,
    rows: [...body.rows].filter((row) => row.id).map((row) => ({
      row,
      profiles: row.dataset.profiles.split(" "),
      cells: [...row.cells],
      texts: [...row.cells].map((cell) => `${cell.textContent} ${cell.dataset.text ?? ""}`.toLowerCase()),
    })),
  }));
  const total = groups.reduce((sum, group) => sum + group.rows.length, 0);
  const at = (id) => document.getElementById(id);
  const chips = [...bar.querySelectorAll("[data-filter]")];
  const boxes = [...bar.querySelectorAll("input[data-column]")];
  const differs = at("filter-differs");
  const CONTRADICTS = ["worse", "better"];

  const blank = () => ({ q: "", table: "", profile: "", status: [], agreement: [], differs: false, hide: [] });
  let state = blank();

  function read() {
    const given = new URLSearchParams(location.search);
    const several = (name, known) => (given.get(name) ?? "").split(",").filter((value) => known.includes(value));
    const one = (name, id) => {
      const value = given.get(name) ?? "";
      return [...at(id).options].some((option) => option.value === value) ? value : "";
    };
    const known = (filter) => chips.filter((chip) => chip.dataset.filter === filter).map((chip) => chip.dataset.value);
    state = {
      q: given.get("q") ?? "",
      table: one("table", "filter-table"),
      profile: one("profile", "filter-profile"),
      status: several("status", known("status")),
      agreement: several("agreement", known("agreement")),
      differs: Boolean(differs) && given.get("differs") === "1",
      hide: several("hide", boxes.map((box) => box.dataset.column)),
    };
  }

  function write() {
    const told = [];
    const add = (name, value) => { if (value) told.push(`${name}=${encodeURIComponent(value).replaceAll("%2C", ",").replaceAll("%2F", "/")}`); };
    add("q", state.q);
    add("table", state.table);
    add("profile", state.profile);
    add("status", state.status.join(","));
    add("agreement", state.agreement.join(","));
    add("differs", state.differs ? "1" : "");
    add("hide", state.hide.join(","));
    const query = told.length ? `?${told.join("&")}` : "";
    history.replaceState(null, "", `${location.pathname}${query}${location.hash}`);
    return told.length > 0;
  }

  function fits(entry, shown) {
    if (state.profile && !entry.profiles.includes(state.profile)) return false;
    const cells = entry.cells.filter((_, index) => shown[index]);
    if (state.differs) {
      const several = (key) => new Set(cells.map((cell) => cell.dataset[key]).filter((word) => word && word !== "untested")).size > 1;
      if (!several("status") && !several("claim")) return false;
    }
    const wanted = state.q.toLowerCase().split(/\s+/).filter(Boolean);
    const text = entry.texts.filter((_, index) => shown[index]).join(" ");
    if (!wanted.every((word) => text.includes(word))) return false;
    const hits = cells.filter(isHit);
    const byCell = state.status.length > 0 || state.agreement.length > 0;
    for (const cell of entry.cells) cell.classList.toggle("hit", byCell && hits.includes(cell));
    return !byCell || hits.length > 0;
  }

  function isHit(cell) {
    const { status, agreement } = cell.dataset;
    if (!status) return false;
    return (!state.status.length || state.status.includes(status)) && (!state.agreement.length || state.agreement.includes(agreement));
  }

  function apply() {
    const shown = columns.map((name) => !state.hide.includes(name) || name === "");
    for (const row of [table.tHead.rows[0], ...groups.flatMap((group) => group.rows.map((entry) => entry.row))]) {
      [...row.cells].forEach((cell, index) => { cell.hidden = !shown[index]; });
    }
    for (const heading of headings) heading.colSpan = shown.filter(Boolean).length;
    let count = 0;
    for (const group of groups) {
      let visible = 0;
      for (const entry of group.rows) {
        const fit = (!state.table || group.name === state.table) && fits(entry, shown);
        entry.row.hidden = !fit;
        visible += fit ? 1 : 0;
      }
      group.body.hidden = visible === 0;
      count += visible;
    }
    at("filter-nothing").hidden = count > 0;
    at("filter-count").textContent = `${count} of ${total} rows`;
    controls();
    at("filter-clear").disabled = !write();
  }

  function controls() {
    const set = (id, value) => { if (at(id).value !== value) at(id).value = value; };
    set("filter-text", state.q);
    set("filter-table", state.table);
    set("filter-profile", state.profile);
    for (const chip of chips) chip.setAttribute("aria-pressed", state[chip.dataset.filter].includes(chip.dataset.value));
    at("filter-contradicts").setAttribute("aria-pressed", contradicting());
    for (const box of boxes) box.checked = !state.hide.includes(box.dataset.column);
    if (differs) differs.checked = state.differs;
  }

  const contradicting = () => state.agreement.length === 2 && CONTRADICTS.every((word) => state.agreement.includes(word));

  // A permanent link to a row that the filters hide still leads there.
  function reveal() {
    const target = at(location.hash.slice(1)); // a row's id has nothing to decode
    if (target instanceof HTMLDetailsElement) target.open = true;
    if (!target || !table.contains(target)) return;
    if (target.hidden || target.closest("tbody").hidden) { state = { ...blank(), hide: state.hide }; apply(); }
    // The row below the names of the columns, and these in view.
    const box = table.closest(".scroll");
    box.scrollIntoView({ block: "start" });
    const row = target.getBoundingClientRect();
    box.scrollTop += row.top - box.getBoundingClientRect().top - table.tHead.offsetHeight - row.height;
  }

  bar.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-filter]");
    if (chip) {
      const { filter, value } = chip.dataset;
      const chosen = state[filter];
      state[filter] = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
    } else if (event.target.closest("#filter-contradicts")) {
      state.agreement = contradicting() ? [] : [...CONTRADICTS];
    } else if (event.target.closest("#filter-clear")) {
      state = blank();
      at("filter-text").focus(); // the button is disabled now, and would lose the focus
    } else {
      return;
    }
    apply();
  });
  bar.addEventListener("input", (event) => {
    const { id, value, checked, dataset } = event.target;
    if (id === "filter-text") state.q = value;
    else if (id === "filter-table") state.table = value;
    else if (id === "filter-profile") state.profile = value;
    else if (id === "filter-differs") state.differs = checked;
    else if (dataset.column) state.hide = checked ? state.hide.filter((name) => name !== dataset.column) : [...state.hide, dataset.column];
    else return;
    apply();
  });
  addEventListener("popstate", () => { read(); apply(); reveal(); });
  addEventListener("hashchange", reveal);
  addEventListener("load", reveal); // after the browser's own way to the fragment

  bar.hidden = false;
  read();
  apply();
  // On a phone these would fill the screen; what they hold back is never hidden.
  at("filter-more").open = !matchMedia("(max-width: 40rem)").matches || state.status.length + state.agreement.length > 0;
  reveal();
})();
