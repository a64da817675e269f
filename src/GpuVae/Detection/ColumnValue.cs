using System.Globalization;
using GpuVae.Data;

namespace GpuVae.Detection;

/// <summary>
/// A cell of a row: a number, a word, or nothing. The default is a missing cell. Immutable, so that any thread may use
/// it. Numbers and
/// texts become cells by themselves: <c>new Dictionary&lt;string, ColumnValue&gt; { ["heat"] = 0.25, ["mode"] = "eco" }</c>.
/// </summary>
public readonly record struct ColumnValue
{
    private readonly double _number;
    private readonly State _state;

    private ColumnValue(State state, double number, string? text) => (_state, _number, Text) = (state, number, text);

    private enum State
    {
        Missing,
        Number,
        Word,
        Cell,
    }

    /// <summary>A cell that holds nothing.</summary>
    public static ColumnValue Missing => default;

    /// <summary>The word, or the text of a cell; null for a number and for a missing cell.</summary>
    public string? Text { get; }

    /// <summary>The number; NaN for a missing cell and for a text.</summary>
    public double Number => _state == State.Number ? _number : double.NaN;

    /// <summary>Whether nothing is there. NaN is a number that is missing.</summary>
    public bool IsMissing => _state == State.Missing || (_state == State.Number && double.IsNaN(_number));

    /// <summary>A number.</summary>
    public static implicit operator ColumnValue(double number) => FromDouble(number);

    /// <summary>A word, as a column of words has them; null is a missing cell.</summary>
    public static implicit operator ColumnValue(string? word) => FromString(word);

    /// <summary>A number.</summary>
    public static ColumnValue FromDouble(double number) => new(State.Number, number, null);

    /// <summary>A word, as a column of words has them; null is a missing cell.</summary>
    public static ColumnValue FromString(string? word) => word is null ? default : new(State.Word, double.NaN, word);

    /// <summary>
    /// A cell as a text file has it: a number in a column of numbers, a word in a column of words, and missing where it
    /// is empty or
    /// stands for nothing (NaN, NA, ? or -).
    /// </summary>
    /// <param name="text">The cell; decimals stand behind a point.</param>
    public static ColumnValue FromCell(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new(State.Cell, double.NaN, text.Trim());
    }

    /// <inheritdoc/>
    public override string ToString() => _state switch
    {
        State.Missing => "",
        State.Number => _number.ToString("R", CultureInfo.InvariantCulture),
        _ => Text!,
    };

    /// <summary>The number that the cell has in a column of numbers, NaN for a missing one.</summary>
    /// <returns>Whether it has one.</returns>
    internal bool TryReadNumber(out double number)
    {
        number = Number;
        if (_state is not State.Cell)
            return _state != State.Word;
        switch (TableCell.Read(Text!, DecimalMark.Point, out number))
        {
            case CellKind.Text:
                return false;
            case CellKind.Infinite:
                number = Text!.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity;
                return true;
            default:
                return true;
        }
    }

    /// <summary>The word that the cell has in a column of words; null for a missing one.</summary>
    internal string? ReadWord() =>
        IsMissing || Text is "" || (_state == State.Cell && TableCell.Read(Text!, DecimalMark.Point, out _) == CellKind.Missing)
            ? null
            : ToString();
}
