namespace GpuVae.Compression;

/// <summary>How much a compressed file may lose: so many bits are left for an example, or so much error.</summary>
public readonly record struct LossyTarget
{
    private LossyTarget(double value, bool isSquaredError) => (Value, IsSquaredError) = (value, isSquaredError);

    /// <summary>Bits of an example in the file without the model, at most; or its squared error.</summary>
    public double Value { get; }

    /// <summary>Whether it is a squared error, and not bits.</summary>
    public bool IsSquaredError { get; }

    /// <summary>As little error as a number of bits allows.</summary>
    /// <param name="perExample">Bits of an example in the file without the model, header and index included; at most so many are taken.</param>
    public static LossyTarget Bits(double perExample) => new(Checked(perExample, nameof(perExample)), false);

    /// <summary>As few bits as an error allows.</summary>
    /// <param name="perNumber">
    /// The mean squared difference between numbers as the model sees them and as they are restored: of pixels from 0 to 1, of columns
    /// as the run scaled them.
    /// </param>
    public static LossyTarget SquaredError(double perNumber) => new(Checked(perNumber, nameof(perNumber)), true);

    private static double Checked(double value, string name) =>
        value is > 0 and < double.PositiveInfinity ? value : throw new ArgumentOutOfRangeException(name, value, "It is above 0.");
}
