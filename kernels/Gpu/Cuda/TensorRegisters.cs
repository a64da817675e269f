namespace GpuVae.Kernels.Gpu.Cuda;

/// <summary>
/// The named registers of a thread as operands of <c>mma.sync</c>. A warp's part of C is cut into 16 × 8 fragments:
/// <c>Sum</c><i>rc</i> is the fragment in row r and column c of them, <c>A</c><i>r</i> and <c>B</c> are the
/// operands that meet in it. Arrays would lie in memory; only names are registers.
/// </summary>
internal static class TensorRegisters
{
    /// <summary>
    /// The registers, and the start of shared memory as the assembler addresses it: ILGPU's name of a kernel's first
    /// (here its only) allocation.
    /// </summary>
    public const string Declare =
        ".reg .f32 sum<128>; .reg .b32 a<16>; .reg .b32 aLow<16>; .reg .b32 b<2>; .reg .b32 bLow<2>; " +
        ".reg .f32 pair0; .reg .f32 pair1; .reg .b32 slices; .reg .b32 address; mov.u32 slices, __shared_alloca0;";

    /// <summary>Sets rows 0 and 1 of the fragments to 0.</summary>
    public const string ZeroUpper =
        "mov.b32 sum0, 0; mov.b32 sum1, 0; mov.b32 sum2, 0; mov.b32 sum3, 0; mov.b32 sum4, 0; " +
        "mov.b32 sum5, 0; mov.b32 sum6, 0; mov.b32 sum7, 0; mov.b32 sum8, 0; mov.b32 sum9, 0; " +
        "mov.b32 sum10, 0; mov.b32 sum11, 0; mov.b32 sum12, 0; mov.b32 sum13, 0; mov.b32 sum14, 0; " +
        "mov.b32 sum15, 0; mov.b32 sum16, 0; mov.b32 sum17, 0; mov.b32 sum18, 0; mov.b32 sum19, 0; " +
        "mov.b32 sum20, 0; mov.b32 sum21, 0; mov.b32 sum22, 0; mov.b32 sum23, 0; mov.b32 sum24, 0; " +
        "mov.b32 sum25, 0; mov.b32 sum26, 0; mov.b32 sum27, 0; mov.b32 sum28, 0; mov.b32 sum29, 0; " +
        "mov.b32 sum30, 0; mov.b32 sum31, 0; mov.b32 sum32, 0; mov.b32 sum33, 0; mov.b32 sum34, 0; " +
        "mov.b32 sum35, 0; mov.b32 sum36, 0; mov.b32 sum37, 0; mov.b32 sum38, 0; mov.b32 sum39, 0; " +
        "mov.b32 sum40, 0; mov.b32 sum41, 0; mov.b32 sum42, 0; mov.b32 sum43, 0; mov.b32 sum44, 0; " +
        "mov.b32 sum45, 0; mov.b32 sum46, 0; mov.b32 sum47, 0; mov.b32 sum48, 0; mov.b32 sum49, 0; " +
        "mov.b32 sum50, 0; mov.b32 sum51, 0; mov.b32 sum52, 0; mov.b32 sum53, 0; mov.b32 sum54, 0; " +
        "mov.b32 sum55, 0; mov.b32 sum56, 0; mov.b32 sum57, 0; mov.b32 sum58, 0; mov.b32 sum59, 0; " +
        "mov.b32 sum60, 0; mov.b32 sum61, 0; mov.b32 sum62, 0; mov.b32 sum63, 0; ";

    /// <summary>Sets rows 2 and 3 of the fragments to 0.</summary>
    public const string ZeroLower =
        "mov.b32 sum64, 0; mov.b32 sum65, 0; mov.b32 sum66, 0; mov.b32 sum67, 0; mov.b32 sum68, 0; " +
        "mov.b32 sum69, 0; mov.b32 sum70, 0; mov.b32 sum71, 0; mov.b32 sum72, 0; mov.b32 sum73, 0; " +
        "mov.b32 sum74, 0; mov.b32 sum75, 0; mov.b32 sum76, 0; mov.b32 sum77, 0; mov.b32 sum78, 0; " +
        "mov.b32 sum79, 0; mov.b32 sum80, 0; mov.b32 sum81, 0; mov.b32 sum82, 0; mov.b32 sum83, 0; " +
        "mov.b32 sum84, 0; mov.b32 sum85, 0; mov.b32 sum86, 0; mov.b32 sum87, 0; mov.b32 sum88, 0; " +
        "mov.b32 sum89, 0; mov.b32 sum90, 0; mov.b32 sum91, 0; mov.b32 sum92, 0; mov.b32 sum93, 0; " +
        "mov.b32 sum94, 0; mov.b32 sum95, 0; mov.b32 sum96, 0; mov.b32 sum97, 0; mov.b32 sum98, 0; " +
        "mov.b32 sum99, 0; mov.b32 sum100, 0; mov.b32 sum101, 0; mov.b32 sum102, 0; mov.b32 sum103, 0; " +
        "mov.b32 sum104, 0; mov.b32 sum105, 0; mov.b32 sum106, 0; mov.b32 sum107, 0; mov.b32 sum108, 0; " +
        "mov.b32 sum109, 0; mov.b32 sum110, 0; mov.b32 sum111, 0; mov.b32 sum112, 0; mov.b32 sum113, 0; " +
        "mov.b32 sum114, 0; mov.b32 sum115, 0; mov.b32 sum116, 0; mov.b32 sum117, 0; mov.b32 sum118, 0; " +
        "mov.b32 sum119, 0; mov.b32 sum120, 0; mov.b32 sum121, 0; mov.b32 sum122, 0; mov.b32 sum123, 0; " +
        "mov.b32 sum124, 0; mov.b32 sum125, 0; mov.b32 sum126, 0; mov.b32 sum127, 0; ";

    public const string A0 = "{a0, a1, a2, a3}, ";
    public const string A1 = "{a4, a5, a6, a7}, ";
    public const string A2 = "{a8, a9, a10, a11}, ";
    public const string A3 = "{a12, a13, a14, a15}, ";
    public const string ALow0 = "{aLow0, aLow1, aLow2, aLow3}, ";
    public const string ALow1 = "{aLow4, aLow5, aLow6, aLow7}, ";
    public const string ALow2 = "{aLow8, aLow9, aLow10, aLow11}, ";
    public const string ALow3 = "{aLow12, aLow13, aLow14, aLow15}, ";
    public const string B = "{b0, b1}, ";
    public const string BLow = "{bLow0, bLow1}, ";
    public const string Sum00 = "{sum0, sum1, sum2, sum3}";
    public const string Sum01 = "{sum4, sum5, sum6, sum7}";
    public const string Sum02 = "{sum8, sum9, sum10, sum11}";
    public const string Sum03 = "{sum12, sum13, sum14, sum15}";
    public const string Sum04 = "{sum16, sum17, sum18, sum19}";
    public const string Sum05 = "{sum20, sum21, sum22, sum23}";
    public const string Sum06 = "{sum24, sum25, sum26, sum27}";
    public const string Sum07 = "{sum28, sum29, sum30, sum31}";
    public const string Sum10 = "{sum32, sum33, sum34, sum35}";
    public const string Sum11 = "{sum36, sum37, sum38, sum39}";
    public const string Sum12 = "{sum40, sum41, sum42, sum43}";
    public const string Sum13 = "{sum44, sum45, sum46, sum47}";
    public const string Sum14 = "{sum48, sum49, sum50, sum51}";
    public const string Sum15 = "{sum52, sum53, sum54, sum55}";
    public const string Sum16 = "{sum56, sum57, sum58, sum59}";
    public const string Sum17 = "{sum60, sum61, sum62, sum63}";
    public const string Sum20 = "{sum64, sum65, sum66, sum67}";
    public const string Sum21 = "{sum68, sum69, sum70, sum71}";
    public const string Sum22 = "{sum72, sum73, sum74, sum75}";
    public const string Sum23 = "{sum76, sum77, sum78, sum79}";
    public const string Sum24 = "{sum80, sum81, sum82, sum83}";
    public const string Sum25 = "{sum84, sum85, sum86, sum87}";
    public const string Sum26 = "{sum88, sum89, sum90, sum91}";
    public const string Sum27 = "{sum92, sum93, sum94, sum95}";
    public const string Sum30 = "{sum96, sum97, sum98, sum99}";
    public const string Sum31 = "{sum100, sum101, sum102, sum103}";
    public const string Sum32 = "{sum104, sum105, sum106, sum107}";
    public const string Sum33 = "{sum108, sum109, sum110, sum111}";
    public const string Sum34 = "{sum112, sum113, sum114, sum115}";
    public const string Sum35 = "{sum116, sum117, sum118, sum119}";
    public const string Sum36 = "{sum120, sum121, sum122, sum123}";
    public const string Sum37 = "{sum124, sum125, sum126, sum127}";
}
