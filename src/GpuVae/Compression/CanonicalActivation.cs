using GpuVae.Kernels;

namespace GpuVae.Compression;

/// <summary>Activations in canonical arithmetic: computed in double precision, and rounded once.</summary>
internal static class CanonicalActivation
{
    private const float LeakySlope = 0.01f;

    // The order is no matter: who asks has the object.
    private static readonly Dictionary<Activation, Func<float, float>?> _functions = new()
    {
        [Activation.Identity] = null,
        [Activation.Relu] = x => x < 0 ? 0 : x,
        [Activation.LeakyRelu] = x => x < 0 ? LeakySlope * x : x,
        [Activation.Tanh] = x => (float)CanonicalMath.Tanh(x),
        [Activation.Sigmoid] = x => (float)CanonicalMath.Sigmoid(x),
        [Activation.Elu] = x => x < 0 ? (float)CanonicalMath.ExpMinusOne(x) : x,
        [Activation.Gelu] = x => (float)(x * CanonicalMath.NormalCdf(x)),
        [Activation.Silu] = x => (float)(x * CanonicalMath.Sigmoid(x)),
        [Activation.Softplus] = x => (float)CanonicalMath.Softplus(x),
    };

    /// <summary>f; null for x itself.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="name">What the layer is called, for the message.</param>
    /// <exception cref="UserException">It has no canonical form.</exception>
    public static Func<float, float>? Of(Activation? activation, string name) =>
        activation is null ? null
        : _functions.TryGetValue(activation, out Func<float, float>? function) ? function
        : throw new UserException(
            $"{name}: the activation {activation.Name} has no form that is the same on every machine, which compression needs; "
            + $"train with one of {string.Join(", ", _functions.Keys.Select(known => known.Name))}");
}
