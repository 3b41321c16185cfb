using System.Globalization;
using System.Text;

namespace SecretsFirewall.Load.Scale;

/// <summary>A curve as SVG: sizes at equal distances, the cost by the relay's from zero up, and where the rounds between a tenth and a half lay.</summary>
internal static class ScaleGraph
{
    private const int Width = 640;

    private const int Height = 320;

    private const int Left = 60;

    private const int Right = 40;

    private const int Top = 56;

    private const int Bottom = 56;

    private const int GridLines = 4;

    public static string Draw(ScaleCurve curve)
    {
        var most = Ceiling(curve.Points.Max(static point => point.At(0.5)));
        var text = new StringBuilder();
        Line(text, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" width="{Width}" height="{Height}" font-family="sans-serif" font-size="12" fill="#222">""");
        Line(text, $"""<rect width="{Width}" height="{Height}" fill="#fff"/>""");
        Line(text, $"""<text x="{Left}" y="22" font-size="15">{curve.Axis.Title}: CPU of an exchange, × the relay</text>""");
        Line(text, $"""<text x="{Left}" y="40" fill="#666">{ScaleReport.Growth(curve)}</text>""");
        for (var i = 0; i <= GridLines; i++)
        {
            var value = most * i / GridLines;
            Line(text, $"""<path d="M{Left} {Y(value):0.#}H{Width - Right}" stroke="#ddd"/><text x="{Left - 8}" y="{Y(value) + 4:0.#}" text-anchor="end">{value:0.##}</text>""");
        }

        for (var i = 0; i < curve.Points.Count; i++)
        {
            var point = curve.Points[i];
            var (low, high) = (point.At(0.1), point.At(0.5));
            Line(text, $"""<path d="M{X(i):0.#} {Y(low):0.#}V{Y(high):0.#}" stroke="#1663a6" stroke-width="2"/><circle cx="{X(i):0.#}" cy="{Y(point.Ratio):0.#}" r="4" fill="#1663a6"/>""");
            Line(text, $"""<text x="{X(i):0.#}" y="{Y(high) - 8:0.#}" text-anchor="middle">{point.Ratio:0.00}</text><text x="{X(i):0.#}" y="{Height - Bottom + 18}" text-anchor="middle">{point.Size:N0}</text>""");
        }

        Line(text, $"""<polyline points="{string.Join(' ', curve.Points.Select((point, i) => Text($"{X(i):0.#},{Y(point.Ratio):0.#}")))}" fill="none" stroke="#1663a6"/>""");
        Line(text, $"""<text x="{(Left + Width - Right) / 2}" y="{Height - 16}" text-anchor="middle">{curve.Axis.Unit}</text>""");
        Line(text, $"</svg>");
        return text.ToString();

        double X(int i) => Left + 30 + ((Width - Left - Right - 60) * i / Math.Max(1.0, curve.Points.Count - 1));
        double Y(double value) => Height - Bottom - ((Height - Top - Bottom) * value / most);
    }

    // The next 1, 2 or 4 quarters of a power of ten, so that grid lines have short numbers.
    private static double Ceiling(double value)
    {
        var step = Math.Pow(10, Math.Floor(Math.Log10(value))) / 2.5;
        return Math.Ceiling(value * 1.1 / step) * step;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(StringBuilder text, FormattableString line) => text.Append(Text(line)).Append('\n');
}
