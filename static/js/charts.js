"use strict";

// Charts from JSON beside them: <div data-chart="radar" data-source="id of the json_script">.
// Every chart has its figures in a table, so that nothing is only a picture.
(() => {
  const INK = "#3c4653", LINE = "#1b4f8f", GRID = "#d5dae1";
  const DARK = { yellow: "#b58a00", blue: "#1b4f8f", green: "#14713a", secondary: "#6a7482" }; // a tier's colour as a line
  const SYMBOLS = ["circle", "rect", "triangle", "diamond"];
  const SPANS = ["#c9dcf3", "#8fb6e6", "#4f86c6", "#1b4f8f", "#132a45"];
  const TIERS = { yellow: "#e0b93f", blue: "#6f9fdc", green: "#6dba88", secondary: "#98a3b0" };

  const narrow = () => window.innerWidth < 576;
  const signed = (value) => `${value < 0 ? "" : "+"}${value.toFixed(2)}`;

  const makers = {
    radar: ({ radar }) => radar && {
      radar: {
        indicator: radar.names.map((name) => ({ name, max: 100 })),
        axisName: { color: INK }, splitNumber: 4, radius: "62%", center: ["50%", "52%"],
        splitLine: { lineStyle: { color: GRID } }, axisLine: { lineStyle: { color: GRID } }, splitArea: { show: false },
      },
      series: [{ type: "radar", data: [{ value: radar.scores, areaStyle: { opacity: 0.2 } }], lineStyle: { color: LINE, width: 2 }, itemStyle: { color: LINE } }],
      tooltip: { trigger: "item" },
    },
    history: ({ history }) => history && {
      grid: { left: 36, right: 16, top: 16, bottom: 28 },
      xAxis: { type: "category", data: history.map(([day]) => day), axisLabel: { color: INK } },
      yAxis: { type: "value", min: 0, max: 100, axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } } },
      series: [{ type: "line", data: history.map(([, total]) => total), symbolSize: 8, lineStyle: { color: LINE }, itemStyle: { color: LINE } }],
      tooltip: { trigger: "axis" },
    },
    // Streams of customers, or of their annual amount, whichever the switch beside them says.
    sankey: ({ sankey }, shows) => sankey && sankey.links.length > 0 && {
      series: [{
        type: "sankey", left: 8, right: 8, top: 8, bottom: 8, nodeWidth: 14, nodeGap: 12, draggable: false, layoutIterations: 0,
        data: sankey.nodes.map(({ name, label, colour }) => ({
          name, itemStyle: { color: TIERS[colour] || "#dfe4ea" },
          label: { formatter: label, color: INK, position: name.startsWith("<") ? "right" : "left" },
        })),
        links: sankey.links.map((link) => ({ source: link.source, target: link.target, value: link[shows][0], words: link.words, said: link[shows][1] })),
        lineStyle: { color: "gradient", opacity: 0.35 }, emphasis: { focus: "adjacency" },
      }],
      tooltip: { trigger: "item", formatter: ({ dataType, data, value }) => dataType === "edge" ? echarts.format.encodeHTML(`${data.words}: ${data.said}`) : "" },
    },
    distribution: ({ distribution }) => distribution && {
      grid: { left: 56, right: 16, top: 32, bottom: 28 }, legend: { top: 0, data: distribution.words, textStyle: { color: INK } },
      xAxis: { type: "category", data: distribution.steps, axisLabel: { color: INK } },
      yAxis: { type: "value", axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } } },
      series: [
        { type: "bar", name: distribution.words[0], data: distribution.before, barGap: "10%", itemStyle: { color: "#b7c0cb" } },
        { type: "bar", name: distribution.words[1], data: distribution.after, itemStyle: { color: LINE } },
      ],
      tooltip: { trigger: "axis" },
    },
    updown: ({ updown }) => updown && {
      grid: { left: 48, right: 16, top: 32, bottom: 28 },
      legend: { top: 0, textStyle: { color: INK } },
      xAxis: { type: "category", data: updown.names, axisLabel: { color: INK }, axisTick: { show: false } },
      yAxis: { type: "value", axisLabel: { color: INK, formatter: (value) => Math.abs(value) }, splitLine: { lineStyle: { color: GRID } } },
      series: [
        { name: updown.words[0], type: "bar", stack: "moves", barMaxWidth: 36, itemStyle: { color: "#14713a" }, data: updown.up },
        { name: updown.words[1], type: "bar", stack: "moves", barMaxWidth: 36, itemStyle: { color: "#b02a2a" }, data: updown.down.map((n) => -n) },
      ],
      tooltip: { trigger: "axis", valueFormatter: (value) => Math.abs(value) },
    },
    held: ({ held }) => held && held.lines.length > 0 && {
      grid: { left: 48, right: 24, top: 32, bottom: 28 },
      legend: { top: 0, textStyle: { color: INK } },
      xAxis: { type: "category", data: held.names, axisLabel: { color: INK } },
      yAxis: { type: "value", max: 100, scale: true, axisLabel: { color: INK, formatter: "{value}%" }, splitLine: { lineStyle: { color: GRID } } },
      series: held.lines.map(({ name, colour, shares }, n) => ({
        name, type: "line", data: shares, symbol: SYMBOLS[n % SYMBOLS.length], symbolSize: 8,
        lineStyle: { color: DARK[colour] || INK, width: 2 }, itemStyle: { color: DARK[colour] || INK },
      })),
      tooltip: { trigger: "axis", valueFormatter: (value) => value === undefined || value === null ? "–" : `${value}%` },
    },
    stays: ({ stays }) => stays && stays.names.length > 0 && {
      grid: { left: 8, right: 24, top: 56, bottom: 8, containLabel: true },
      legend: { top: 0, textStyle: { color: INK } },
      xAxis: { type: "value", axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } } },
      yAxis: { type: "category", inverse: true, data: stays.names, axisLabel: { color: INK }, axisTick: { show: false } },
      series: stays.spans.map((name, n) => ({
        name, type: "bar", stack: "stays", barMaxWidth: 28, itemStyle: { color: SPANS[n] }, data: stays.counts.map((row) => row[n]),
      })),
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" } },
    },
    lorenz: ({ lorenz }) => lorenz && lorenz.points.length > 1 && {
      grid: { left: 56, right: 24, top: 28, bottom: 44 },
      xAxis: { type: "value", max: 100, name: lorenz.words[0], nameLocation: "middle", nameGap: 26, nameTextStyle: { color: INK }, axisLabel: { color: INK, formatter: "{value}%" }, splitLine: { show: false } },
      yAxis: { type: "value", max: 100, name: lorenz.words[1], nameTextStyle: { color: INK, align: "left" }, axisLabel: { color: INK, formatter: "{value}%" }, splitLine: { lineStyle: { color: GRID } } },
      series: [
        { type: "line", data: lorenz.points, symbol: "none", lineStyle: { color: LINE, width: 2 }, areaStyle: { color: LINE, opacity: 0.12 } },
        { type: "line", data: [[0, 0], [100, 100]], symbol: "none", silent: true, lineStyle: { color: "#7a8492", type: "dashed", width: 1 } },
      ],
      tooltip: { trigger: "axis", formatter: ([{ value }]) => `${value[0]}% ${lorenz.words[0]}<br>${value[1]}% ${lorenz.words[1]}` },
    },
    waterfall: ({ waterfall }) => waterfall && {
      grid: { left: narrow() ? 126 : 216, right: 52, top: 8, bottom: 28 },
      xAxis: { type: "value", axisLabel: { color: INK }, splitLine: { lineStyle: { color: GRID } }, min: Math.max(0, Math.floor(Math.min(...waterfall.base) - 1)) },
      yAxis: { type: "category", inverse: true, data: waterfall.names, axisLabel: { color: INK, width: narrow() ? 116 : 204, overflow: "break", interval: 0 } },
      series: [
        { type: "bar", stack: "w", silent: true, itemStyle: { color: "transparent" }, data: waterfall.base },
        { type: "bar", stack: "w", barMaxWidth: 28, label: { show: true, position: "right", color: INK, formatter: ({ dataIndex }) => signed(waterfall.delta[dataIndex]) }, data: waterfall.size.map((value, n) => ({ value, itemStyle: { color: waterfall.delta[n] < 0 ? "#b02a2a" : "#14713a" } })) },
      ],
    },
  };

  const shown = (box) => box.closest(".switchable")?.querySelector("[data-shows]:checked")?.value || "count";

  const optionOf = (box) => {
    const option = makers[box.dataset.chart](JSON.parse(document.getElementById(box.dataset.source).textContent), shown(box));
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    return option && { animation: !calm, animationDuration: 300, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily }, ...option };
  };

  const draw = (root) => {
    if (typeof echarts === "undefined") return;
    root.querySelectorAll("[data-chart]").forEach((box) => {
      const source = document.getElementById(box.dataset.source);
      if (!source || box.dataset.watched) return;
      box.dataset.watched = "yes";
      const option = optionOf(box);
      if (!option) { box.hidden = true; return; }
      // The first call comes at once where the box is to be seen, else when what it is folded into opens.
      new ResizeObserver(() => {
        if (!box.clientWidth) return;
        const drawn = echarts.getInstanceByDom(box);
        if (drawn) { drawn.resize(); return; }
        const chart = echarts.init(box, null, { renderer: "svg" });
        chart.setOption(option);
      }).observe(box);
    });
  };

  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-shows]")) return;
    event.target.closest(".switchable").querySelectorAll("[data-chart]").forEach((box) => {
      echarts.getInstanceByDom(box)?.setOption(optionOf(box));
    });
  });
  document.addEventListener("DOMContentLoaded", () => draw(document));
  document.addEventListener("htmx:afterSettle", (event) => draw(event.target));
})();
