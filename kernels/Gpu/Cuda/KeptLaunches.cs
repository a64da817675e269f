using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>A launch that was kept instead of made.</summary>
/// <param name="Ptx">The kernel, as the driver gets it.</param>
/// <param name="Grid">Groups.</param>
/// <param name="Group">Threads of a group.</param>
/// <param name="Arguments">Of the kernel, in their order.</param>
internal sealed record KeptLaunch(string Ptx, Index3D Grid, Index3D Group, IReadOnlyList<object> Arguments);

/// <summary>
/// The launches of an accelerator, which can be kept with all that they are made of. A graph keeps them too, but gives
/// neither a kernel's text nor, for certain, its arguments back.
/// </summary>
internal sealed class KeptLaunches
{
    private static readonly ConditionalWeakTable<Accelerator, KeptLaunches> _all = [];

    private List<KeptLaunch>? _kept;

    /// <summary>Launches made so far through launchers that could have been kept.</summary>
    public long Made { get; private set; }

    /// <summary>Whether launches are kept now.</summary>
    public bool AreKept => _kept is not null;

    /// <summary>Those of an accelerator.</summary>
    public static KeptLaunches Of(Accelerator accelerator) => _all.GetOrCreateValue(accelerator);

    /// <summary>Calls operations and keeps what they launch, of which nothing runs.</summary>
    public IReadOnlyList<KeptLaunch> Keep(Action operations)
    {
        List<KeptLaunch> kept = _kept = [];
        try
        {
            operations();
        }
        finally
        {
            _kept = null;
        }
        return kept;
    }

    /// <summary>A launcher that launches, or has the launch kept.</summary>
    /// <typeparam name="TLauncher"><c>void (AcceleratorStream, KernelConfig, …)</c> with the kernel's parameters.</typeparam>
    /// <param name="ptx">The kernel's text.</param>
    /// <param name="launcher">Launches it.</param>
    public TLauncher Wrap<TLauncher>(string ptx, TLauncher launcher)
        where TLauncher : Delegate
    {
        MethodInfo invoke = typeof(TLauncher).GetMethod(nameof(Action.Invoke))!;
        ParameterExpression[] parameters =
            [.. invoke.GetParameters().Select(parameter => Expression.Parameter(parameter.ParameterType))];
        ConstantExpression self = Expression.Constant(this);
        Expression arguments = Expression.NewArrayInit(
            typeof(object), parameters.Skip(2).Select(parameter => Expression.Convert(parameter, typeof(object))));
        Expression keep = Expression.Call(
            self, ((Action<string, KernelConfig, object[]>)Add).Method, Expression.Constant(ptx), parameters[1], arguments);
        Expression launch = Expression.Block(
            Expression.Call(self, ((Action)Count).Method), Expression.Invoke(Expression.Constant(launcher), parameters));
        Expression body = Expression.IfThenElse(Expression.Property(self, nameof(AreKept)), keep, launch);
        return Expression.Lambda<TLauncher>(body, parameters).Compile();
    }

    private void Count() => Made++;

    private void Add(string ptx, KernelConfig config, object[] arguments) =>
        _kept!.Add(new KeptLaunch(ptx, config.GridDim, config.GroupDim, arguments));
}
